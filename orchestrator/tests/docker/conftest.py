"""What tests of stand-ins in containers share: their image, and a project that leaves nothing."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from support.stand_in_containers import IMAGE, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def image(engine: Any) -> str:
    import docker.errors  # noqa: PLC0415

    try:
        engine.images.get(IMAGE)
    except docker.errors.ImageNotFound:
        engine.images.pull(IMAGE)
    return IMAGE


@pytest.fixture
def lab(engine: Any, image: str) -> Iterator[Lab]:
    made = Lab(engine, f"labtest{uuid.uuid4().hex[:8]}")
    yield made
    left = made.containers()
    for container in left:
        container.remove(force=True, v=True)
    for network in engine.networks.list(names=[made.project]):
        network.remove()
    assert not left
