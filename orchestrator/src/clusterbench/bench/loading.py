"""Runs one load to its end, reading both sides' counters and pausing the server on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clusterbench.bench.others import shares_of_others
from clusterbench.errors import GeneratorFailed
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.load.generator import CALL_TIMEOUT
from clusterbench.load.kinds.kind import Part
from clusterbench.model.records import SideUsage
from clusterbench.model.units import Seconds
from clusterbench.runtime.port import Generator, Server

if TYPE_CHECKING:
    from clusterbench.load.generator import Load, LoadGenerator, Reading
    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.execution import Usage

#: A generator may need so much longer than its load to end: requests in flight, output (s).
GRACE = CALL_TIMEOUT + 30.0

#: A generator that has ended in the midst of a long window is seen so soon (s).
_LOOK_EVERY = 0.5

Readings = tuple["Usage | None", "Usage | None"]


@dataclass(slots=True)
class Watch:
    """Reads the counters of both sides at a part's two moments, and pauses the server if it must.

    `machine` reads the counters of all CPUs, for what others had of them. `paused` and `resumed`
    are Unix times (s), where the part has a pause.
    """

    server: Server
    generator: Generator
    part: Part
    machine: Callable[[], CpuTimes | None] | None = None
    readings: list[Readings] = field(default_factory=list)
    machine_readings: list[CpuTimes | None] = field(default_factory=list)
    paused: float | None = None
    resumed: float | None = None

    def through(self, running: Callable[[], bool]) -> None:
        """Wait through the part. Returns early where the generator ended before its time."""
        began = time.monotonic()
        for moment in self.part.counters:
            if not _runs_until(began + moment, running):
                return  # it failed early: waiting for it says how
            self.readings.append((self.server.usage(), self.generator.usage()))
            self.machine_readings.append(self.machine() if self.machine else None)
        if self.part.pause is not None:
            if not _runs_until(began + self.part.pause.at, running):
                return
            with self.server.paused():
                self.paused = time.time()
                time.sleep(self.part.pause.seconds)
            self.resumed = time.time()

    @property
    def last(self) -> Usage | None:
        """Return the server's counters as they were read last; None where they were not."""
        return self.readings[-1][0] if self.readings else None

    def usage(self, server_cpus: int, generator_cpus: int) -> tuple[SideUsage | None, ...]:
        """Return what the server and the generator used between the readings.

        A side without counters is None. Raises GeneratorFailed where there are no two readings: of
        a load that is not measured neither side then has any.
        """
        if len(self.readings) < 2:  # noqa: PLR2004 - a start and an end
            if not self.part.measured:
                return (None, None)
            raise GeneratorFailed("the generator ended before the window did")
        sides = zip(self.readings[0], self.readings[-1], strict=True)
        return tuple(
            _between(first, last, cpus)
            for (first, last), cpus in zip(sides, (server_cpus, generator_cpus), strict=True)
        )

    def with_interference(
        self, usage: tuple[SideUsage | None, ...], cpus: tuple[CpuSet, CpuSet]
    ) -> tuple[SideUsage | None, ...]:
        """Return what both sides used, each with what others had of its CPUs (`cpus`)."""
        known = [side for side in usage if side is not None]
        if len(known) < len(cpus):
            return usage
        first, last = self.machine_readings[0], self.machine_readings[-1]
        shares = shares_of_others(first, last, known, cpus)
        return tuple(
            replace(side, interference=share) for side, share in zip(known, shares, strict=True)
        )


def drive(
    driver: LoadGenerator, load: Load, generator: Generator, tag: str, watch: Watch | None = None
) -> Reading:
    """Run one load to its end and read what the generator wrote. Raises GeneratorFailed."""
    invocation = driver.invocation(load, tag)
    with generator.execute(invocation.command, outputs=invocation.outputs) as execution:
        if watch is not None:
            watch.through(execution.running)
        completed = execution.wait(Seconds(load.duration + GRACE))
        return driver.read(load, completed)


def _between(first: Usage | None, last: Usage | None, cpus: int) -> SideUsage | None:
    if first is None or last is None:
        return None
    quotas = [each.quota for each in (first, last) if each.quota is not None]
    return SideUsage(
        cpu=Seconds(last.cpu - first.cpu),
        seconds=Seconds(last.at - first.at),
        cpus=last.cpus or cpus,
        quota=min(quotas, default=None),
        throttled=Seconds(max(0.0, last.throttled - first.throttled)),
        pressure=_pressure(first, last),
    )


def _pressure(first: Usage, last: Usage) -> float | None:
    """Return the share of the time in which some task waited for a CPU, where the kernel tells."""
    match first.pressure, last.pressure:
        case (float(before), float(after)) if last.at > first.at:
            return min(1.0, max(0.0, after - before) / (last.at - first.at))
    return None


def _runs_until(moment: float, running: Callable[[], bool]) -> bool:
    """Sleep until a moment; return whether it runs then, earlier where it has ended."""
    while (left := moment - time.monotonic()) > 0.0:
        time.sleep(min(left, _LOOK_EVERY))
        if not running():
            return False
    return running()
