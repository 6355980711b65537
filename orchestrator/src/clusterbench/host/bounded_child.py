"""Runs a command, and ends all that it started: at a deadline, or with the lab.

    python -I -S bounded_child.py <seconds> <command> <its words ...>

Run as a script, never imported. Its standard input is a pipe whose other end the lab holds: it
is closed when the lab has had enough, and when the lab is gone. What the command leaves behind,
in sessions of its own too, becomes a child of this process, since it is a subreaper.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

_PR_SET_CHILD_SUBREAPER = 36
#: As timeout(1) and shells have them.
TIMED_OUT, CANNOT_RUN = 124, 127
_POLL = 0.02
#: What the kernel does not let go of (a disk that hangs) is left after so long (s).
_PATIENCE = 5.0


def main(seconds: float, command: list[str]) -> int:
    """Run the command, and return its status, 128 and its signal's number, or TIMED_OUT."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    deadline = time.monotonic() + seconds
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]}: {error.strerror}\n")
        return CANNOT_RUN
    try:
        while child.poll() is None and time.monotonic() < deadline:
            if select.select([sys.stdin], [], [], _POLL)[0]:
                break  # nobody writes there: it was closed
        status = child.returncode
        return TIMED_OUT if status is None else status if status >= 0 else 128 - status
    finally:
        end_all()


def end_all() -> None:
    """Kill every descendant, until there is none."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        for pid in descendants(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(_POLL)


def descendants(ancestor: int) -> list[int]:
    """Return the processes that descend from one, as /proc has them now."""
    with os.scandir("/proc") as entries:
        names = [entry.name for entry in entries if entry.name.isdecimal()]
    parents = {int(name): parent_of(name) for name in names}
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {ancestor})


def parent_of(pid: str) -> int:
    """Return a process's parent; 0 for one that has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123
            return int(stat.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
