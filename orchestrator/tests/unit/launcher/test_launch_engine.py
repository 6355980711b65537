"""Finding an engine, with programs that answer as docker does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import HostError
from launcher.engine import compose, find_engine, servers

if TYPE_CHECKING:
    from pathlib import Path


def docker(path: Path, *, server: str = "echo 26.1.5", composed: str = "echo 2.26.1-4") -> None:
    script = f'#!/bin/sh\ncase "$1" in\nversion) {server};;\ncompose) {composed};;\nesac\n'
    (path / "docker").write_text(script)
    (path / "docker").chmod(0o755)


def test_an_engine_that_answers_with_compose_two_is_found(path: Path) -> None:
    docker(path)
    found = find_engine()
    assert found.there
    assert found.why == "Docker 26.1.5 with Compose 2.26.1-4"


def test_no_docker_is_no_engine(path: Path) -> None:
    assert path.exists()
    assert not find_engine().there
    assert "not installed" in find_engine().why


def test_an_engine_that_does_not_answer_says_what_docker_says(path: Path) -> None:
    docker(path, server="echo permission denied on the socket >&2; exit 1")
    found = find_engine()
    assert not found.there
    assert found.why.endswith("permission denied on the socket")


@pytest.mark.parametrize("composed", ["echo no such command >&2; exit 1", "echo 1.29.2"])
def test_an_engine_without_compose_two_is_none_for_this_lab(path: Path, composed: str) -> None:
    docker(path, composed=composed)
    found = find_engine()
    assert not found.there
    assert "no Compose v2" in found.why


def test_servers_are_told_from_generators_images_and_the_orchestrator(path: Path) -> None:
    entries = {
        "rust-tonic": {"depends_on": {"rust-tonic-image": {}}},
        "rust-tonic-image": {},
        "ghz-runner": {"depends_on": {"ghz-runner-image": {}, "rust-tonic": {}}},
        "orchestrator": {"depends_on": {"rust-tonic-image": {}, "ghz-runner-image": {}}},
    }
    docker(path, composed=f"echo '{json.dumps({'services': entries})}'")
    assert servers(path) == ["rust-tonic"]


def test_a_compose_file_that_can_not_be_read_is_an_error_with_its_reason(path: Path) -> None:
    docker(path, composed="echo yaml: line 3 >&2; exit 15")
    with pytest.raises(HostError, match="yaml: line 3"):
        servers(path)


def test_two_overrides_have_two_files_and_one_override_has_one(tmp_path: Path) -> None:
    one = compose(tmp_path, ["run"], {"services": {"a": {}}})
    other = compose(tmp_path, ["run"], {"services": {"b": {}}})
    assert one == compose(tmp_path, ["run"], {"services": {"a": {}}})
    assert one != other
    assert len(list((tmp_path / ".lab" / "compose").iterdir())) == 2
