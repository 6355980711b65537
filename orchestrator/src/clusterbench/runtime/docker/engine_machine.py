"""Whether the engine is the one that a run takes it for: on this machine, and this container's own.

A container's private address is called from here, and CPUs are counted here. On another machine
the address would be somebody else's, or nobody's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import docker
import docker.errors
from docker.types import LogConfig

from clusterbench.errors import HostError
from clusterbench.host.engine_endpoint import OUTSIDE, elsewhere, find_endpoint
from clusterbench.host.machine_identity import BOOT_ID, PROC, boot_id, own_container
from clusterbench.runtime.docker.engine import SEALED, engine_errors, remove

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_WITHIN = 60  # seconds


def check_engine(
    client: docker.DockerClient, image: str, labels: Mapping[str, str], proc: Path = PROC
) -> None:
    """Refuse an engine of another machine, and one that did not start this container.

    `image` is one that the engine has, with `cat`. Raises HostError.
    """
    if os.environ.get(OUTSIDE):
        _check_container(client, proc)
    here = boot_id(proc)
    if here is None:
        return
    with engine_errors(HostError, "cannot ask which machine the engine is on"):
        there = _printed(client, image, labels, f"/proc/{BOOT_ID}")
    if there != here:
        how = f"the boot id is {there or 'unknown'} there, and {here} here"
        raise HostError(elsewhere(find_endpoint(), how))


def _check_container(client: docker.DockerClient, proc: Path) -> None:
    """Refuse an engine that does not know the container that this process is in."""
    container = own_container(proc)
    if container is None:
        return
    with engine_errors(HostError, "cannot ask the engine for this container"):
        try:
            client.containers.get(container)
        except docker.errors.NotFound as error:
            raise HostError(
                f"the engine at {find_endpoint()} is not the one that started this container:"
                " images would be built by one and servers started by the other; remedy: with"
                " DOCKER_SOCKET=/path, set DOCKER_HOST=unix:///path too, or use ./lab, which does"
            ) from error


def _printed(client: docker.DockerClient, image: str, labels: Mapping[str, str], path: str) -> str:
    """Return a file as a container of the engine sees it; "" where it cannot be read."""
    container = client.containers.create(
        image,
        entrypoint=["cat"],
        command=[path],
        labels=dict(labels),
        healthcheck={"test": ["NONE"]},
        # One that can be read, whatever the engine's default is.
        log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m"}),
        **SEALED,
    )
    try:
        container.start()
        status = container.wait(timeout=_WITHIN)["StatusCode"]
        printed: bytes = container.logs(stdout=True, stderr=False)
        return printed.decode("utf-8", "replace").strip() if status == 0 else ""
    finally:
        remove(container)
