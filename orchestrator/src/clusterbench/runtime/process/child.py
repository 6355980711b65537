"""Becomes a command, on given CPUs, that dies with the lab. Run as a script.

    python -I -S child.py <lab's process id> <CPUs: 0,1 or -> <command> <its words ...>

A step between fork and exec in the parent (`preexec_fn`) would run Python in a forked process
with threads, which is not safe; here a fresh interpreter does it and replaces itself.
"""

import ctypes
import os
import signal
import sys
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
#: What a shell answers for a command that it cannot run.
CANNOT_RUN = 127
#: What nothing else answers: the kernel did not give the CPUs that were asked for.
NOT_PINNED = 125


def main(parent: int, cpus: str, command: list[str]) -> NoReturn:
    """Set up this process, and become the command."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before that took hold
        os.kill(os.getpid(), signal.SIGKILL)
    # The lab ends it by one of these, whatever the lab itself was told to ignore.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        if cpus != "-":
            _pin({int(cpu) for cpu in cpus.split(",")})
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]} on CPUs {cpus}: {error.strerror}\n")
        sys.stderr.flush()
    os._exit(CANNOT_RUN)


def _pin(cpus: set[int]) -> None:
    """Use these CPUs alone: the kernel may silently leave out some, or do nothing at all."""
    os.sched_setaffinity(0, cpus)
    if (given := os.sched_getaffinity(0)) != cpus:
        asked, got = (",".join(map(str, sorted(each))) for each in (cpus, given))
        sys.stderr.write(f"CPU set: CPUs {asked} were asked for, and the kernel gave {got}\n")
        sys.stderr.flush()
        os._exit(NOT_PINNED)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
