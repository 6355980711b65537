"""A server as a local process."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clusterbench.errors import ServerFailed
from clusterbench.model.execution import Unknown
from clusterbench.model.units import Seconds
from clusterbench.runtime.command_results import ended
from clusterbench.runtime.process.sampled_process import sample, sampled
from clusterbench.runtime.server_log import events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from clusterbench.host.profilers.profiler import Profiler
    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.execution import Address, Usage
    from clusterbench.runtime.process.spawn import Spawned

_POLL = 0.002


class ProcessServer:
    """A contender as a local process that has just started: implements `port.Server`.

    `began` is when its start did (`time.monotonic()`).
    """

    def __init__(
        self,
        name: str,
        spawned: Spawned,
        log: Path,
        *,
        address: Address,
        grace: Seconds,
        began: float,
    ) -> None:
        now = time.monotonic()
        self.address = address
        self.started_steps: Mapping[str, Seconds] = {"start": Seconds(now - began)}
        self.started_at: float | None = now
        self._name, self._spawned, self._log, self._grace = name, spawned, log, grace

    def verify(self) -> None:
        """Do nothing more: a process that is not given its CPUs does not start."""

    def running(self) -> bool:
        """Return whether it still runs; a paused one does."""
        return self._spawned.running()

    def image_size(self) -> Unknown:
        """Return that there is no image: most of its files are the host's."""
        return Unknown("a local process has no image")

    def usage(self) -> Usage:
        """Read the kernel's counters of all its processes."""
        if not self.running():
            raise ServerFailed(f"{self._name} no longer runs", self.logs())
        return self._spawned.usage()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop its whole process group (SIGSTOP); leaving the `with` lets it go on (SIGCONT)."""
        self._spawned.signal_group(signal.SIGSTOP)
        try:
            yield
        finally:
            self._spawned.signal_group(signal.SIGCONT)

    def profile(self, profiler: Profiler, aside: CpuSet) -> str | None:
        """Have a profiler sample all its processes; see `port.Server`."""
        return sample(profiler, sampled(self._spawned.pid), aside, self._log.parent)

    def logs(self) -> str:
        """Return all it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and end it and all that it started after its grace; see `port.Server`."""
        self._spawned.stop(self._grace, number)

    def exit_status(self) -> int | None:
        """Return what it ended with, None while it runs; see `port.Server`."""
        return None if self.running() else self._spawned.exit_status


def announced_port(name: str, spawned: Spawned, log: Path, deadline: Seconds) -> int:
    """Wait for the line that says on which port a server listens. Raises ServerFailed."""
    until = time.monotonic() + deadline
    while True:
        running = spawned.running()  # before the log is read: what it wrote last is then in it
        text = log.read_text(encoding="utf-8", errors="replace")
        for event in events(text):
            if event.get("event") == "listening" and isinstance(event.get("port"), int):
                return int(event["port"])
        if not running:
            spawned.check_pinned(text)
            raise ServerFailed(f"{name} ended at its start, {ended(spawned.exit_status)}", text)
        if time.monotonic() > until:
            raise ServerFailed(f"{name} did not say where it listens within {deadline:g} s", text)
        time.sleep(_POLL)
