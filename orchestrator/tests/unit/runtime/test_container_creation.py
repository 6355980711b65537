"""What every container of the lab gets, and that there is one place that creates them."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.runtime.docker.creation import create
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCES = ROOT / "orchestrator" / "src" / "clusterbench"
CREATION = SOURCES / "runtime" / "docker" / "creation.py"
LABELS = {"clusterbench.project": "made-up"}


class Engine:
    """An engine whose images declare the given volumes; it keeps what a container is made of."""

    def __init__(self, *declared: str) -> None:
        volumes = {folder: {} for folder in declared} or None
        image = SimpleNamespace(attrs={"Config": {"Volumes": volumes}})
        self.images = SimpleNamespace(get=lambda _name: image)
        self.containers = self
        self.made: dict[str, Any] = {}

    def create(self, image: str, **options: Any) -> str:
        self.made = {"image": image, **options}
        return "made"

    @property
    def volumes(self) -> list[str]:
        return [mount["Target"] for mount in self.made["mounts"]]


def test_a_containers_log_environment_and_labels_are_the_labs_choice() -> None:
    engine = Engine()
    assert create(engine, "some/image", labels=LABELS, user="1") == "made"
    assert engine.made["log_config"]["Type"] == "json-file"
    assert engine.made["use_config_proxy"] is False
    assert engine.made["healthcheck"] == {"test": ["NONE"]}
    assert engine.made["labels"] == LABELS
    assert (engine.made["image"], engine.made["user"]) == ("some/image", "1")
    assert engine.volumes == []


def test_every_volume_is_labelled_those_that_the_image_declares_too() -> None:
    engine = Engine("/data", "/theirs")
    create(engine, "image", labels=LABELS, volumes=["/data"])
    assert engine.volumes == ["/data", "/theirs"]
    for mount in engine.made["mounts"]:
        assert mount["VolumeOptions"]["Labels"] == LABELS
        assert not mount.get("Source"), "one that has a name outlives its container"


def test_a_folder_in_memory_needs_no_volume_unless_one_is_asked_for() -> None:
    engine = Engine("/tmp", "/cache")  # noqa: S108 - within a container
    memory = {"/tmp": "size=8m", "/out": ""}  # noqa: S108 - within a container
    create(engine, "image", labels=LABELS, volumes=["/out"], tmpfs=memory)
    assert engine.volumes == ["/out", "/cache"]
    assert engine.made["tmpfs"] == {"/tmp": "size=8m"}  # noqa: S108 - within a container


def called(path: Path) -> Iterator[str]:
    """Return what a module calls, as far as it is written as `a.b.c(`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize(
    "name", ["containers.create", "containers.run", "create_container", "create_host_config"]
)
def test_no_other_module_creates_a_container(name: str) -> None:
    others = [path for path in SOURCES.rglob("*.py") if path != CREATION]
    assert len(others) > 100
    assert [path.name for path in others if any(c.endswith(name) for c in called(path))] == []


def test_the_module_that_creates_containers_does_it_once() -> None:
    assert [c for c in called(CREATION) if c.endswith("containers.create")] == [
        "client.containers.create"
    ]
