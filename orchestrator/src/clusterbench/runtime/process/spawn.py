"""One local process with all that it starts: pinned, bound to the lab's life, surely ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.host import procfs
from clusterbench.host.own_cgroup import bandwidth
from clusterbench.model.execution import Usage
from clusterbench.model.units import Bytes, Seconds
from clusterbench.runtime.process.child import NOT_PINNED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.host.cpu_quota import CpuBandwidth
    from clusterbench.model.cpus import CpuSet

_CHILD = Path(__file__).with_name("child.py")
_POLL = 0.005


class Spawned:
    """A process that leads a session of its own. Made by `spawn`, ended by `stop`.

    It must be started and kept by a thread that outlives it: the kernel kills it with the
    thread that started it. `cpus` is how many CPUs it was given; it may pin itself to fewer.
    """

    def __init__(self, popen: subprocess.Popen[bytes], cpus: int) -> None:
        self._popen, self._cpus = popen, cpus
        self.pid = popen.pid
        self.exit_status: int | None = None
        self._cpu, self._peak = Seconds(0.0), Bytes(0)

    def running(self) -> bool:
        """Return whether it still runs; once it does not, its status and usage are settled."""
        if self.exit_status is not None:
            return False
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return True
        self._reap()
        return False

    def wait(self, timeout: Seconds) -> bool:
        """Wait for its end; return whether it came within `timeout` (s)."""
        deadline = time.monotonic() + timeout
        while self.running():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        return True

    def stop(self, grace: Seconds, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end by a signal, and end it and all that it started after `grace` (s)."""
        if self.running():
            os.kill(self.pid, number)
            self.wait(grace)
        if self.running():
            self._kill_group()
            self.wait(Seconds(10.0))

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to it and to all of its process group."""
        if self.running():
            os.killpg(self.pid, number)

    def usage(self) -> Usage:
        """Read what it used, with all that it started; its total after its end."""
        if self.running():
            quota = self._bandwidth.quota() if self._bandwidth else None
            return replace(
                procfs.usage(self.pid),
                throttled=self._bandwidth.throttled() if self._bandwidth else Seconds(0.0),
                quota=quota.cpus if quota else None,
                cpus=self._cpus,
            )
        return Usage(at=time.monotonic(), cpu=self._cpu, memory=Bytes(0), peak_memory=self._peak)

    def check_pinned(self, said: str) -> None:
        """Look whether it got the CPUs that it was to have; `said` is what it wrote.

        Raises HostError where it did not, and so was not started.
        """
        if self.exit_status == NOT_PINNED:
            raise HostError(
                f"{said.strip().rpartition(chr(10))[2]}; let this process use them (taskset, "
                "cpuset cgroups), or choose another CPU plan"
            )

    @cached_property
    def _bandwidth(self) -> CpuBandwidth | None:
        return bandwidth(self.pid)

    def _reap(self) -> None:
        # Until it is reaped its number cannot be another's: what it left running ends first.
        self._kill_group()
        _, status, used = os.wait4(self.pid, 0)
        self.exit_status = self._popen.returncode = os.waitstatus_to_exitcode(status)
        self._cpu = Seconds(used.ru_utime + used.ru_stime)
        self._peak = Bytes(used.ru_maxrss * 1024)

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def spawn(
    command: Sequence[str],
    *,
    cpus: CpuSet,
    environment: Mapping[str, str],
    folder: Path,
    stdout: Path,
    stderr: Path | None = None,
    pipes: tuple[int, int] | None = None,
) -> Spawned:
    """Start a command on its CPUs; both outputs go to one file unless `stderr` is given.

    `pipes` are descriptors that it reads from and writes to, in place of nothing and of `stdout`.
    A command that cannot be started exits with 127 and says so on its standard error.
    """
    pinned = ",".join(map(str, cpus.cpus)) or "-"
    words = [sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), pinned, *command]
    with stdout.open("ab") as out, (stderr or stdout).open("ab") as err:
        return Spawned(
            subprocess.Popen(
                words,
                cwd=folder,
                env=dict(environment),
                stdin=pipes[0] if pipes else subprocess.DEVNULL,
                stdout=pipes[1] if pipes else out,
                stderr=err,
                start_new_session=True,
            ),
            len(cpus) or len(os.sched_getaffinity(0)),
        )
