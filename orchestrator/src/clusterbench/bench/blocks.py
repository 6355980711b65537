"""One block of a comparison: an instance of each contender, and all their pairs of slices."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.bench.instances import Instance, Starter
from clusterbench.bench.slicing import TARGETS, MeasuredSlice, Slicer
from clusterbench.bench.warming import Warmed, warm_up
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.load.generator import Right
from clusterbench.load.generators import slice_lines
from clusterbench.measure.failed_slices import failing
from clusterbench.model.compare_plan import Arm, ComparePlan
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.slices import SliceRecord
from clusterbench.model.units import RequestsPerSecond
from clusterbench.runtime.port import Generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: A slice counts as disturbed where others had so much more of a side's CPUs than they usually have
#: here. The kernel counts in steps of 10 ms, which are 5% of a slice of 200 ms, and both ends of it
#: may be a step off.
DISTURBED = 0.15


@dataclass(kw_only=True)
class Blocks:
    """Measures blocks, one after another, with one home of load generators.

    `keep` puts records on disk, as they come: both slices of a pair at once, and an instance when
    it is done with, whatever ended it. `rate_found` is given, once, what the first warm-up showed,
    and the rate that was made from it.
    """

    plan: ComparePlan
    cpus: CpuPlan
    starter: Starter
    generator: Generator
    right: Right | None
    keep: Callable[..., None]
    rate_found: Callable[[Warmed, RequestsPerSecond], None]
    machine: Callable[[], CpuTimes | None] | None = None

    def __post_init__(self) -> None:
        self._rate = self.plan.load.rate

    def run(self, number: int) -> None:
        """Measure a block. Raises MeasureError where a server or the load generator failed."""
        draw = random.Random(f"{self.plan.seed}/{number}")  # noqa: S311 - no secret
        arms = draw.sample(TARGETS, len(TARGETS))
        with ExitStack() as stack:
            instances: dict[Arm, Instance] = {}
            stack.callback(self._keep_instances, number, instances)
            for arm in arms:
                started = self.starter.started(arm, self.plan.contender(arm), number)
                instances[arm] = stack.enter_context(started)
            usual = self._warm_up(number, instances).interference
            with self._slicer(number, instances, rate=self._rate or 0.0) as slicer:
                _Pairs(self, slicer, number, draw, usual).run()
            for instance in instances.values():
                instance.read_memory()

    def load(self, slicer: Slicer, arm: Arm) -> MeasuredSlice:
        """Measure one slice of an arm, as the plan has it."""
        load = self.plan.load
        if load.concurrency is not None:
            return slicer.load(arm, self.plan.slice, concurrency=load.concurrency)
        return slicer.load(arm, self.plan.slice, rate=self._rate)

    def _warm_up(self, number: int, instances: Mapping[Arm, Instance]) -> Warmed:
        load = self.plan.load
        cpus = min(each.contender.capacity(self.cpus) for each in instances.values())
        with self._slicer(number, instances) as slicer:
            warmed = warm_up(slicer, load, cpus)
        if self._rate is None and load.concurrency is None:
            self._rate = warmed.rate(load.share)
            self.rate_found(warmed, self._rate)
        return warmed

    @contextmanager
    def _slicer(
        self, number: int, instances: Mapping[Arm, Instance], *, rate: float = 0.0
    ) -> Iterator[Slicer]:
        load = self.plan.load
        command = slice_lines.command(
            [instances[arm].server.address for arm in TARGETS],
            load.method,
            right=self.right,
            connections=min(load.connections, load.concurrency or load.connections),
            seed=zlib.crc32(f"{self.plan.seed}/{number}".encode()),
            rate=rate,
        )
        with self.generator.talk(command) as dialogue:
            slicer = Slicer(
                dialogue=dialogue, instances=instances, cpus=self.cpus, machine=self.machine
            )
            slicer.wait_until_ready()
            yield slicer

    def _keep_instances(self, number: int, instances: Mapping[Arm, Instance]) -> None:
        if instances:
            self.keep(*(each.record(number) for each in instances.values()))


class _Pairs:
    """All pairs of a block, in random order within a pair.

    Half of the pairs begin with either arm, as nearly as can be. A pair that others disturbed is
    kept, marked, and measured once more at the end of the block: half as many as there are pairs
    at most. Beyond that a pair counts as it is, and so does one that was measured again. `usual`
    is the share that others have all the time: what is always so, measuring again does not change.
    """

    def __init__(
        self, blocks: Blocks, slicer: Slicer, number: int, draw: random.Random, usual: float
    ) -> None:
        self._bound = usual + DISTURBED
        self._blocks, self._slicer, self._number, self._draw = blocks, slicer, number, draw
        pairs = blocks.plan.pairs
        self._spare = pairs // 2
        self._first = [TARGETS[pair % len(TARGETS)] for pair in range(pairs)]
        draw.shuffle(self._first)

    def run(self) -> None:
        """Measure all pairs; ends early where a slice's requests fail, for it shows nothing."""
        disturbed: list[int] = []
        for pair, first in enumerate(self._first):
            both = self._pair(pair, first, spare=len(disturbed) < self._spare)
            if failing(both):
                return
            if any(each.again for each in both):
                disturbed.append(pair)
        for pair in disturbed:
            if failing(self._pair(pair, self._draw.choice(TARGETS), spare=False)):
                return

    def _pair(self, pair: int, first: Arm, *, spare: bool) -> Sequence[SliceRecord]:
        order = (first, *(arm for arm in TARGETS if arm is not first))
        measured = {arm: self._blocks.load(self._slicer, arm) for arm in order}
        again = spare and any(map(self._disturbed, measured.values()))
        both = [
            _record(self._number, pair, arm, each, first=arm is first, again=again)
            for arm, each in measured.items()
        ]
        self._blocks.keep(*both)
        return both

    def _disturbed(self, measured: MeasuredSlice) -> bool:
        return measured.interference is not None and measured.interference >= self._bound


def _record(
    block: int, pair: int, arm: Arm, measured: MeasuredSlice, *, first: bool, again: bool
) -> SliceRecord:
    sliced = measured.sliced
    return SliceRecord(
        block=block,
        pair=pair,
        arm=arm,
        first=first,
        seconds=sliced.seconds,
        drained=sliced.drained,
        scheduled=sliced.scheduled,
        ok=sliced.ok,
        failed=sliced.failures,
        latency=sliced.latency or {},
        send_delay=sliced.send_delay or {},
        histogram=sliced.latency_histogram,
        cpu=measured.cpu,
        interference=measured.interference,
        again=again,
    )
