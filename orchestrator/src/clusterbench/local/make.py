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
from dataclasses import dataclass
from pathlib import Path

from clusterbench.errors import HostError, indent
from clusterbench.own_files import naming, short_of_room

Say = Callable[[str], None]

_log = logging.getLogger(__name__)

HEARTBEAT = 5.0
"""Seconds between two signs of life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """A command that has begun: what it makes, and how its end is waited for."""

    command: Sequence[str]
    what: str
    log: Path
    say: Say
    child: subprocess.Popen[bytes]
    output_from: int
    began: float

    def wait(self) -> None:
        """Wait for its end, and say what is made every five seconds.

        Raises HostError, with the output's last lines, when it exits with another status than 0.
        """
        while (status := self._status()) is None:
            self.say(f"{self.what} ({time.monotonic() - self.began:.0f} s)")
        if status != 0:
            with self.log.open("rb") as written:
                written.seek(self.output_from)
                last = written.read().decode(errors="replace")
            short = short_of_room(self.log.parent)
            raise HostError(
                f"{self.what} failed: `{' '.join(self.command)}` exited with {status};"
                f" {short}{'; ' if short else ''}all of its output is in {self.log}\n{indent(last)}"
            )

    def _status(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self.child.wait(timeout=HEARTBEAT)
        return None


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
    with begun(command, what=what, cwd=cwd, log=log, say=say, env=env) as making:
        making.wait()


@contextmanager
def begun(
    command: Sequence[str],
    *,
    what: str,
    cwd: Path,
    log: Path,
    say: Say,
    env: Mapping[str, str] | None = None,
) -> Iterator[Making]:
    """Begin a command, whose output is appended to `log`; what still runs at the end is ended.

    Raises HostError when it cannot start.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    _log.debug("$ %s (output: %s)", " ".join(command), log)
    with naming(log), log.open("ab") as output:
        output.write(f"$ {' '.join(command)}\n".encode())
        output.flush()
        output_from = output.tell()
        child = _started(command, cwd=cwd, output=output.fileno(), env=env, what=what)
    try:
        yield Making(
            command=command, what=what, log=log, say=say, child=child,
            output_from=output_from, began=time.monotonic(),
        )  # fmt: skip
    finally:
        if child.poll() is None:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=HEARTBEAT)
            child.kill()
            child.wait()


def _started(
    command: Sequence[str], *, cwd: Path, output: int, env: Mapping[str, str] | None, what: str
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env
        )
    except OSError as error:
        raise HostError(f"{what} failed: {command[0]}: {error.strerror}") from error


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
