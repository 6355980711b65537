"""Which engine is found, and whether it is the one that a run takes it for: with real ones."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.errors import HostError
from clusterbench.host.engine_endpoint import OUTSIDE, find_endpoint
from clusterbench.host.machine_identity import BOOT_ID
from clusterbench.runtime.docker.engine_machine import check_engine
from clusterbench.runtime.docker.images import describe_engine
from support.second_engine import second_engine
from support.stand_in_containers import IMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.second_engine import SecondEngine

pytestmark = pytest.mark.docker

LABELS = {"clusterbench.project": "labtest-engine"}
NAMED = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_SOCKET", "DOCKER_TLS_VERIFY", "DOCKER_TLS")


@pytest.fixture(scope="module")
def second(engine: Any) -> Iterator[SecondEngine]:
    with second_engine(images=[IMAGE], first=engine) as started:
        yield started


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """An environment that names no engine, with contexts of its own."""
    for name in NAMED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    for name, url in {"one": "unix:///nowhere/1.sock", "two": "tcp://127.0.0.1:1"}.items():
        docker("context", "create", name, "--docker", f"host={url}")
    return dict(os.environ)


def docker(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *words], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "given",
    [
        {"DOCKER_HOST": "unix:///nowhere/3.sock"},
        {"DOCKER_HOST": "127.0.0.1:1"},
        {"DOCKER_HOST": "unix:///nowhere/3.sock", "DOCKER_CONTEXT": "one"},
        {"DOCKER_CONTEXT": "two"},
        {"DOCKER_CONTEXT": "two", "DOCKER_HOST": ""},
        {},
    ],
)
def test_an_engine_is_found_where_docker_itself_looks_for_it(
    plain: dict[str, str], given: dict[str, str]
) -> None:
    docker("context", "use", "one")
    asked = docker("version", env={**plain, **given})
    where = re.search(r"(?:daemon at|dial) (\S+?)\.? ", asked.stderr)
    assert where, asked.stderr
    assert find_endpoint({**plain, **given}).url == where[1]


def test_the_engine_of_the_current_context_is_used_and_named(
    second: SecondEngine, plain: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from clusterbench.runtime.docker.connection import connect  # noqa: PLC0415

    docker("context", "create", "mine", "--docker", f"host={second.url}")
    monkeypatch.setenv("DOCKER_CONTEXT", "mine")
    client = connect()
    assert client.info()["ID"] == second.client().info()["ID"]
    assert describe_engine(client)["endpoint"] == f"{second.url} (context mine)"
    client.close()


def test_an_engine_of_this_machine_is_taken_and_nothing_of_the_question_stays(
    second: SecondEngine,
) -> None:
    client = second.client()
    check_engine(client, IMAGE, LABELS)
    assert client.containers.list(all=True) == []


def test_an_engine_of_another_machine_is_refused_by_name(
    second: SecondEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_SOCKET", str(second.socket))
    (tmp_path / BOOT_ID).parent.mkdir(parents=True)
    (tmp_path / BOOT_ID).write_text("00000000-0000-0000-0000-000000000000\n")
    complaint = rf"{second.url} \(DOCKER_SOCKET\) is on another machine: the boot id is \w+-"
    with pytest.raises(HostError, match=complaint):
        check_engine(second.client(), IMAGE, LABELS, tmp_path)


def test_an_engine_that_did_not_start_this_container_is_refused(
    engine: Any, second: SecondEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = second.client()
    container = client.containers.create(IMAGE, ["true"], network_mode="none")
    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_text(
        f"7 1 8:1 /data/containers/{container.id}/hostname /etc/hostname rw - ext4 /dev/x rw\n"
    )
    for name in NAMED:  # in a container, none of them is set
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(OUTSIDE, "unix:///run/other.sock (mounted by Compose)")
    try:
        check_engine(client, IMAGE, LABELS, tmp_path)
        with pytest.raises(HostError, match=r"other\.sock .*not the one that started this"):
            check_engine(engine, IMAGE, LABELS, tmp_path)
    finally:
        container.remove(v=True)
