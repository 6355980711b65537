"""Commands that make things: their output goes to a log, and they are never silent for long.

Standard library only: `./lab` imports this before any environment exists.
"""

from __future__ import annotations

import fcntl
import logging
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from clusterbench.errors import HostError, indent
from clusterbench.own_files import naming, short_of_room

if TYPE_CHECKING:
    from pathlib import Path

Say = Callable[[str], None]

_log = logging.getLogger(__name__)

HEARTBEAT = 5.0
"""Seconds between two signs of life."""


def make(
    command: Sequence[str],
    *,
    what: str,
    cwd: Path,
    log: Path,
    say: Say,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a command, append its output to `log`, and say `what` every five seconds.

    Raises HostError, with the output's last lines, when it cannot start or exits with another
    status than 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    _log.debug("$ %s (output: %s)", " ".join(command), log)
    with naming(log), log.open("ab") as output:
        output.write(f"$ {' '.join(command)}\n".encode())
        output.flush()
        begins = output.tell()
        status = _run(command, cwd=cwd, output=output.fileno(), env=env, what=what, say=say)
    if status != 0:
        with log.open("rb") as written:
            written.seek(begins)
            last = written.read().decode(errors="replace")
        short = short_of_room(log.parent)
        raise HostError(
            f"{what} failed: `{' '.join(command)}` exited with {status};"
            f" {short}{'; ' if short else ''}all of its output is in {log}\n{indent(last)}"
        )


def _run(
    command: Sequence[str],
    *,
    cwd: Path,
    output: int,
    env: Mapping[str, str] | None,
    what: str,
    say: Say,
) -> int:
    began = time.monotonic()
    try:
        child = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env
        )
    except OSError as error:
        raise HostError(f"{what} failed: {command[0]}: {error.strerror}") from error
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return child.wait(timeout=HEARTBEAT)
            say(f"{what} ({time.monotonic() - began:.0f} s)")
    finally:
        if child.poll() is None:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=HEARTBEAT)
            child.kill()
            child.wait()


@contextmanager
def held(lock: Path, *, what: str, say: Say) -> Iterator[None]:
    """Hold a lock file, so that two of us do not make the same thing at once.

    The kernel lets go of it however the holder ends.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        began = time.monotonic()
        said = began - HEARTBEAT
        while True:
            try:
                with naming(lock):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                now = time.monotonic()
                if now - said >= HEARTBEAT:
                    said = now
                    say(f"another ./lab is {what}: waiting for it ({now - began:.0f} s)")
                time.sleep(0.1)
            else:
                break
        yield
