"""All images are built at once, beside what else is made."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import HostError
from launcher import composing, image_builds
from launcher.image_builds import images_begun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENTRIES = {
    "orchestrator": {"depends_on": {"orchestrator-image": {}, "server-image": {}}},
    "server": {"image": "x/server"},
    "orchestrator-image": {"build": {}},
    "server-image": {"build": {}},
    "old-server-image": {"build": {}},
}
ALL = "orchestrator-image server-image old-server-image"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(image_builds, "say", texts.append)
    return texts


@pytest.fixture
def builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> Callable[[str], Path]:
    """Return what puts a script in the place of Compose, and the file of what it was told."""

    def put(script: str) -> Path:
        asked = tmp_path / "asked"
        words = ["sh", "-c", f'shift 3; echo "$@" >>{asked}; {script}', "sh"]
        there = composing.Engine(there=True, why="")
        monkeypatch.setattr(composing, "find_engine", lambda: there)
        monkeypatch.setattr(composing, "entries", lambda _root: ENTRIES)
        monkeypatch.setattr(composing, "compose", lambda _root, arguments: [*words, *arguments])
        monkeypatch.setattr(composing, "docker_environment", lambda: dict(os.environ))
        return asked

    return put


def test_all_images_are_built_by_one_command_which_the_block_does_not_wait_for(
    tmp_path: Path, builder: Callable[[str], Path]
) -> None:
    go_on = tmp_path / "go-on"
    asked = builder(f"until [ -e {go_on} ]; do sleep 0.01; done")
    with images_begun(tmp_path) as wait:
        go_on.touch()
        assert wait()
    assert asked.read_text().splitlines() == [ALL]


def test_where_an_image_that_no_run_needs_cannot_be_built_the_others_still_are(
    tmp_path: Path, builder: Callable[[str], Path], said: list[str]
) -> None:
    asked = builder('case "$*" in *old*) echo no such platform; exit 1; esac')
    with images_begun(tmp_path) as wait:
        assert not wait()
    assert asked.read_text().splitlines() == [
        ALL, "orchestrator-image server-image", "old-server-image",
    ]  # fmt: skip
    assert "no such platform" in said[-1]


def test_an_image_that_every_run_needs_must_be_built(
    tmp_path: Path, builder: Callable[[str], Path]
) -> None:
    builder("echo broken; exit 1")
    with images_begun(tmp_path) as wait, pytest.raises(HostError, match="broken"):
        wait()


def test_without_an_engine_the_reason_is_told_and_no_image_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    none = composing.Engine(there=False, why="docker is not installed")
    monkeypatch.setattr(composing, "find_engine", lambda: none)
    with images_begun(tmp_path) as wait:
        assert not wait()
    assert said == ["the Docker tests will be skipped: docker is not installed"]
