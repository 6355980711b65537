from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ghz_runner.execution import execute

from clusterbench.errors import GeneratorFailed
from clusterbench.load.port import Invocation
from clusterbench.model.experiment import Seconds


def shell(script: str, *outputs: str) -> Invocation:
    return Invocation(command=("env", "WORD=here", "sh", "-c", script), outputs=outputs)


def run(invocation: Invocation, folder: Path, timeout: float = 30.0) -> object:
    return execute(invocation, folder, timeout=Seconds(timeout), beat=lambda _age: None)


def test_a_command_gives_its_status_what_it_said_and_its_files(tmp_path: Path) -> None:
    script = "echo $WORD; echo wrong >&2; echo kept > out; exit 3"
    ended = execute(shell(script, "out"), tmp_path, timeout=Seconds(30), beat=lambda _age: None)
    assert ended.completed.exit_status == 3
    assert ended.completed.stdout == "here\n"
    assert ended.completed.stderr == "wrong\n"
    assert ended.completed.outputs["out"].read_text() == "kept\n"


def test_the_cpu_that_a_command_burns_is_counted(tmp_path: Path) -> None:
    busy = execute(
        shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"),
        tmp_path,
        timeout=Seconds(60),
        beat=lambda _age: None,
    )
    assert busy.usage.cpu > 0
    assert busy.usage.cpus == len(os.sched_getaffinity(0))


def test_a_program_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(GeneratorFailed, match=r"no-such-program: No such file"):
        run(Invocation(command=("no-such-program",), outputs=()), tmp_path)


def test_a_command_that_takes_too_long_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghz_runner.execution._BEAT", 0.2)
    with pytest.raises(GeneratorFailed, match=r"^sh: still running"):
        run(shell("sleep 300 & echo $! > child; wait"), tmp_path, timeout=0.5)
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(child)


def test_a_running_command_is_heard_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghz_runner.execution._BEAT", 0.1)
    ages: list[float] = []
    execute(shell("sleep 0.5"), tmp_path, timeout=Seconds(30), beat=ages.append)
    assert ages
    assert ages == sorted(ages)


def _alive(process: int) -> bool:
    """Return whether a process runs; one that ended and was not yet waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
