"""A generator's command in a container whose engine is made up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from clusterbench.errors import GeneratorFailed
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker import container_command
from clusterbench.runtime.docker.container_command import ContainerCommand
from clusterbench.runtime.docker.container_generator import ContainerExecution

if TYPE_CHECKING:
    from pathlib import Path

Parts = Iterator[tuple[bytes | None, bytes | None]]


class Engine:
    """A container and its engine's API in one: its one command says what `parts` yields."""

    def __init__(self, parts: Parts, *, exit_code: int | None = None) -> None:
        self.client, self.api, self.id = self, self, "made-up"
        self.parts, self.exit_code = parts, exit_code
        self.status = "running"
        self.killed: list[list[str]] = []

    def exec_create(self, _container: str, _command: list[str], **_more: object) -> dict[str, str]:
        return {"Id": "1"}

    def exec_start(self, _id: str, **_more: object) -> Parts:
        return self.parts

    def exec_inspect(self, _id: str) -> dict[str, Any]:
        return {"Running": self.exit_code is None, "ExitCode": self.exit_code}

    def exec_run(self, command: list[str], **_more: object) -> tuple[int, bytes]:
        self.killed.append(command)
        return 0, b""

    def reload(self) -> None:
        pass


def execution(engine: Engine, folder: Path) -> ContainerExecution:
    command = ContainerCommand(engine, ["ghz"], name="ghz", pid=".pid-1", old=())
    return ContainerExecution(engine, command, outputs=(), folder=folder)


def breaks() -> Parts:
    yield b"begun", b"dialling"
    raise ConnectionResetError(104, "Connection reset by peer")


def test_a_broken_stream_is_named_and_the_command_is_ended(tmp_path: Path) -> None:
    engine = Engine(breaks())
    running = execution(engine, tmp_path)
    with pytest.raises(
        GeneratorFailed,
        match=r"ghz was lost: its output from .* broke off "
        r"\(ConnectionResetError: .*reset by peer\)\n  \| dialling",
    ) as lost:
        running.wait(Seconds(10))
    assert isinstance(lost.value.__cause__, ConnectionResetError)
    assert any(".pid-1" in word for word in engine.killed[0])


def test_a_broken_stream_of_a_command_that_has_ended_needs_no_killing(tmp_path: Path) -> None:
    engine = Engine(breaks(), exit_code=0)
    with pytest.raises(GeneratorFailed, match="was lost"):
        execution(engine, tmp_path).wait(Seconds(10))
    assert not engine.killed


def test_a_command_that_closes_its_output_and_stays_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_command, "ENDS_WITHIN", Seconds(0.1))
    engine = Engine(iter([(b"", b"last words")]))
    with pytest.raises(GeneratorFailed, match=r"closed its output but did not end\n  \| last"):
        execution(engine, tmp_path).wait(Seconds(10))
    assert engine.killed


def test_an_output_that_ends_with_its_engine_is_no_commands_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(iter([(b"half", b"")]))

    def gone(*_: object) -> None:
        raise requests.ConnectionError("Connection aborted.")

    running = execution(engine, tmp_path)
    monkeypatch.setattr(engine, "exec_inspect", gone)
    monkeypatch.setattr(engine, "reload", gone)
    with pytest.raises(GeneratorFailed, match=r"cannot learn how ghz ended: .* broke off"):
        running.wait(Seconds(10))


def test_a_whole_stream_gives_the_status_and_both_outputs(tmp_path: Path) -> None:
    engine = Engine(iter([(b"a", None), (None, b"x"), (b"b", b"y")]), exit_code=3)
    done = execution(engine, tmp_path).wait(Seconds(10))
    assert (done.exit_status, done.stdout, done.stderr) == (3, "ab", "xy")
