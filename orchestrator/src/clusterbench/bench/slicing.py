"""Loads two servers in slices, one at a time, and reads their counters in the quiet between."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.bench.instances import Instance
from clusterbench.bench.others import shares_of_others
from clusterbench.errors import GeneratorFailed
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.load.generators import slice_lines
from clusterbench.load.generators.slice_lines import Sliced
from clusterbench.model.compare_plan import Arm
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.records import SideUsage
from clusterbench.model.units import Seconds
from clusterbench.runtime.port import Dialogue

if TYPE_CHECKING:
    from clusterbench.model.execution import Usage

#: The order in which the load generator knows them.
TARGETS = (Arm.BASELINE, Arm.CANDIDATE)

#: So long after a slice's last response its server has put away what belongs to it (s).
_SETTLES = 0.005
#: The load generator may take so much longer than its slice to answer (s).
_GRACE = slice_lines.SLICE_TIMEOUT + 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSlice:
    """A slice: what the generator says of it, and what the counters do.

    `cpu` is the server's CPU time (s), `interference` the larger share that others had of either
    side's CPUs; None where they are not known.
    """

    sliced: Sliced
    cpu: Seconds | None
    interference: float | None

    @property
    def throughput(self) -> float:
        """Return the OK responses per second, until the last one."""
        return self.sliced.ok / self.sliced.drained if self.sliced.drained > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slicer:
    """Loads both instances of a block, in slices, through one dialogue with the generator.

    `machine` reads the counters of all CPUs, for what others had of them.
    """

    dialogue: Dialogue
    instances: Mapping[Arm, Instance]
    cpus: CpuPlan
    machine: Callable[[], CpuTimes | None] | None = None

    def wait_until_ready(self) -> None:
        """Wait until all connections are open. Raises MeasureError."""
        try:
            slice_lines.check_ready(self.dialogue.heard(Seconds(_GRACE)))
        except GeneratorFailed:
            self._check_servers()
            raise

    def load(
        self,
        arm: Arm,
        seconds: Seconds,
        *,
        rate: float | None = None,
        concurrency: int | None = None,
    ) -> MeasuredSlice:
        """Load one arm for so long, by a rate or else a concurrency.

        The counters are read when nothing runs, before it and after it. Reading late then takes
        nothing away and adds nothing. Raises ServerFailed where a server ended, GeneratorFailed
        where the slice came to nothing.
        """
        instance, target = self.instances[arm], TARGETS.index(arm)
        line = slice_lines.order(target, seconds, rate=rate, concurrency=concurrency)
        before, first = instance.usage(), self._machine()
        try:
            said = self.dialogue.ask(line, Seconds(seconds + _GRACE))
            last = self._machine()
            sliced = slice_lines.answer(said, target)
        except GeneratorFailed:
            self._check_servers()
            raise
        if sliced.last_loss:
            self._check_servers()
        time.sleep(_SETTLES)
        cpu = _between(before, instance.usage())
        return MeasuredSlice(
            sliced=sliced, cpu=cpu, interference=self._interference(arm, sliced, cpu, first, last)
        )

    def _machine(self) -> CpuTimes | None:
        return self.machine() if self.machine else None

    def _check_servers(self) -> None:
        """Raise ServerFailed where a server ended: what the generator says is then of no use."""
        for instance in self.instances.values():
            instance.check_running()

    def _interference(
        self,
        arm: Arm,
        sliced: Sliced,
        cpu: Seconds | None,
        first: CpuTimes | None,
        last: CpuTimes | None,
    ) -> float | None:
        if cpu is None or first is None or last is None:
            return None
        seconds = Seconds(last.at - first.at)
        contender = self.instances[arm].contender
        sets = (contender.cpus(self.cpus), self.cpus.generator)
        sides = [
            SideUsage(cpu=used, seconds=seconds, cpus=len(own))
            for used, own in zip((cpu, sliced.cpu), sets, strict=True)
        ]
        shares = shares_of_others(first, last, sides, sets)
        return max((each for each in shares if each is not None), default=None)


def _between(before: Usage | None, after: Usage | None) -> Seconds | None:
    return Seconds(after.cpu - before.cpu) if before and after else None
