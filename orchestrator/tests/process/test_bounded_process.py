"""What a bounded command started is gone after it: at its deadline, when told to end, with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from clusterbench.host.bounded import TIMED_OUT, run_bounded
from support.repository import IMPORTED_FROM
from support.stand_in_processes import alive, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

#: Starts a process in a session of its own and one that loses its parent, then hangs.
HANGS = """\
setsid sleep 600 &
echo $! >> pids
(sleep 600 & echo $! >> pids)
echo $$ >> pids
echo it hangs
exec sleep 600
"""
PROCESSES = 3


def bounded(folder: Path, script: str, deadline: float) -> int:
    return run_bounded(
        ["sh", "-c", script],
        deadline=deadline,
        environment={"PATH": os.environ["PATH"], "GIVEN": "yes"},
        folder=folder,
        output=folder / "output",
    )


def pids(folder: Path) -> list[int]:
    file = folder / "pids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def test_a_command_ends_with_its_status_and_its_output_is_kept(tmp_path: Path) -> None:
    assert bounded(tmp_path, "echo $GIVEN; echo and >&2; pwd; exit 7", 60.0) == 7
    assert (tmp_path / "output").read_text() == f"yes\nand\n{tmp_path}\n"


def test_what_a_command_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    script = HANGS.replace("exec sleep 600", "exit 0")
    assert bounded(tmp_path, script, 60.0) == 0
    assert len(pids(tmp_path)) == PROCESSES
    assert not [pid for pid in pids(tmp_path) if alive(pid)]


def test_at_the_deadline_all_that_a_command_started_ends(tmp_path: Path) -> None:
    assert bounded(tmp_path, HANGS, 2.0) == TIMED_OUT
    assert len(pids(tmp_path)) == PROCESSES
    assert not [pid for pid in pids(tmp_path) if alive(pid)]
    assert (tmp_path / "output").read_text() == "it hangs\n"


def test_a_command_that_cannot_be_started_says_so(tmp_path: Path) -> None:
    status = run_bounded(
        ["./none"], deadline=60.0, environment={}, folder=tmp_path, output=tmp_path / "output"
    )
    assert status == 127
    assert "cannot start ./none: No such file" in (tmp_path / "output").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_when_the_lab_is_told_to_end_or_is_killed_all_that_it_started_ends(
    tmp_path: Path, number: signal.Signals
) -> None:
    code = """\
    import sys
    from pathlib import Path
    from clusterbench.host.bounded import run_bounded
    folder = Path.cwd()
    try:
        run_bounded(["sh", "-c", sys.argv[1]], deadline=600.0, environment={"PATH": sys.argv[2]},
                    folder=folder, output=folder / "output")
    except KeyboardInterrupt:
        sys.exit(130)
    """
    lab = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), HANGS, os.environ["PATH"]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(IMPORTED_FROM)},
    )
    assert until(lambda: len(pids(tmp_path)) == PROCESSES, 60.0)
    lab.send_signal(number)
    assert lab.wait(60.0) == (130 if number == signal.SIGINT else -number)
    assert until(lambda: not any(map(alive, pids(tmp_path))), 60.0)
