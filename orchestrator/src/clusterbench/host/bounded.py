"""Runs a command that ends by a deadline, and all that it started with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHILD = Path(__file__).with_name("bounded_child.py")
#: How long what was started may take to be ended, once it has to (s).
_GRACE = 10.0
TIMED_OUT = 124
"""The status of a command that did not end by itself (as timeout(1) has it)."""


def run_bounded(
    command: Sequence[str],
    *,
    deadline: float,
    environment: Mapping[str, str],
    folder: Path,
    output: Path,
) -> int:
    """Run a command in a folder, its output in a file; return its status, or TIMED_OUT.

    The status of one that a signal ended is 128 and its number, of one that cannot be started 127.
    After `deadline` (s), start included, it is ended. When this returns or raises, all that it
    started has ended too, in whatever session; and so it does when this process is killed.
    """
    words = [sys.executable, "-I", "-S", str(_CHILD), str(deadline), *command]
    with output.open("wb") as log:
        child = subprocess.Popen(
            words,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        with suppress(subprocess.TimeoutExpired):
            return child.wait(deadline + _GRACE)
        return TIMED_OUT
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Have a child end all that it started, and itself."""
    if child.stdin is not None:
        child.stdin.close()  # which it waits for
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
