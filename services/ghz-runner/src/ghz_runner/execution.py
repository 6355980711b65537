"""Runs a load generator's command, and says meanwhile that it is still there."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.errors import GeneratorFailed
from clusterbench.model.execution import Completed
from clusterbench.model.experiment import Seconds
from clusterbench.model.records import SideUsage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clusterbench.load.port import Invocation

_BEAT = 4.0
_TERM_GRACE = 2.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended, and what CPU it used while it ran."""

    completed: Completed
    usage: SideUsage


def execute(
    invocation: Invocation, folder: Path, *, timeout: Seconds, beat: Callable[[Seconds], None]
) -> Ended:
    """Run a command in a folder until it ends; calls `beat` with its age (s) each few seconds.

    Raises GeneratorFailed when it cannot be started, or takes longer than `timeout` (s). It
    never outlives this call, however that ends.
    """
    began, used = time.monotonic(), _children_cpu()
    # Files, not pipes: nobody reads while it runs.
    out, err = folder / "stdout", folder / "stderr"
    with (
        out.open("wb") as stdout,
        err.open("wb") as stderr,
        _started(invocation, folder, stdout.fileno(), stderr.fileno()) as process,
    ):
        while True:
            try:
                status = process.wait(timeout=_BEAT)
                break
            except subprocess.TimeoutExpired:
                age = time.monotonic() - began
                if age > timeout:
                    raise GeneratorFailed(
                        f"{_program(invocation)}: still running after {age:.0f} s; ended"
                    ) from None
                beat(Seconds(age))
    completed = Completed(
        exit_status=status,
        stdout=out.read_text(errors="replace"),
        stderr=err.read_text(errors="replace"),
        outputs={name: folder / name for name in invocation.outputs},
    )
    usage = SideUsage(
        cpu=Seconds(_children_cpu() - used),
        seconds=Seconds(time.monotonic() - began),
        cpus=len(os.sched_getaffinity(0)),
    )
    return Ended(completed, usage)


@contextmanager
def _started(
    invocation: Invocation, folder: Path, stdout: int, stderr: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Hold a command in a session of its own, so that a Ctrl-C here is not one there."""
    try:
        process = subprocess.Popen(
            invocation.command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    except OSError as error:
        raise GeneratorFailed(f"{_program(invocation)}: {error.strerror}") from error
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(timeout=_TERM_GRACE)
        except subprocess.TimeoutExpired:
            continue


def _program(invocation: Invocation) -> str:
    """Return the program's name, also behind `env NAME=VALUE ...`."""
    plain = (word for word in invocation.command if word != "env" and "=" not in word)
    return next(plain)


def _children_cpu() -> float:
    """Read the CPU-seconds of all commands that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
