"""What registries call the images of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import docker.errors
import pytest

from clusterbench.runtime.docker.images import registry_digests

ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def engine(**known: list[str] | None) -> Any:
    """An engine that has one image, with these digests, under any name but `x/gone`."""

    def get(name: str) -> Any:
        if name.startswith("x/gone"):
            raise docker.errors.ImageNotFound(name)
        return SimpleNamespace(attrs=known)

    return SimpleNamespace(images=SimpleNamespace(get=get))


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("ghcr.io/us/lab/fast:v1", "ghcr.io/us/lab/fast"),
        ("127.0.0.1:5000/us/fast:v1", "127.0.0.1:5000/us/fast"),
        ("127.0.0.1:5000/fast", "127.0.0.1:5000/fast"),
        (f"reg.example/us/fast:v1@{ONE}", "reg.example/us/fast"),
        ("fast", "fast"),
    ],
)
def test_an_image_has_the_digest_of_the_registry_that_its_name_is_of(
    image: str, repository: str
) -> None:
    known = [f"elsewhere.example/fast@{OTHER}", f"{repository}@{ONE}"]
    assert registry_digests(engine(RepoDigests=known), {"fast": image}) == {
        "fast": f"{repository}@{ONE}"
    }


@pytest.mark.parametrize("known", [[], None, [f"elsewhere.example/fast@{OTHER}"]])
def test_an_image_that_was_built_here_has_none(known: list[str] | None) -> None:
    assert registry_digests(engine(RepoDigests=known), {"fast": "us/fast:v1"}) == {}


def test_an_image_that_is_not_here_has_none() -> None:
    assert registry_digests(engine(RepoDigests=[f"x/gone@{ONE}"]), {"fast": "x/gone:v1"}) == {}
