"""Compares two contenders, block by block, until it is enough or the budget is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterbench.bench.blocks import Blocks
from clusterbench.bench.instances import Starter
from clusterbench.bench.progress import Progress, clock
from clusterbench.bench.warming import CHUNK, MOST
from clusterbench.errors import ConfigError
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.load.generators.grpc_load import GrpcLoad
from clusterbench.load.generators.right_responses import right_of
from clusterbench.measure.compare_budget import budget_needed
from clusterbench.measure.compare_verdicts import compared, enough
from clusterbench.measure.failed_slices import failing
from clusterbench.model.compare_plan import Arm
from clusterbench.model.data import DataFolder
from clusterbench.model.slices import InstanceRecord, SliceRecord
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import START_COST, STOP_COST
from clusterbench.report.comparison_words import change
from clusterbench.runtime.port import Runtime
from clusterbench.store.compare_folder import CompareFolder

if TYPE_CHECKING:
    from clusterbench.bench.warming import Warmed
    from clusterbench.load.generator import Right
    from clusterbench.model.compared import Compared
    from clusterbench.model.units import RequestsPerSecond
    from clusterbench.runtime.port import Generator

#: So many blocks are measured whatever the budget: of one alone nothing is known of the spread.
FEWEST_BLOCKS = 2
#: What reading counters adds to a slice, in the first estimate of a block (s).
_SLICE_COST = 0.05
START_DEADLINE = Seconds(60.0)


@dataclass(kw_only=True)
class Comparing:
    """Measures what a comparison's folder was made for, and keeps all of it there.

    The runtime must be open. `models` are the data of those contenders that have a model of their
    own. `machine` reads the counters of all CPUs; without it, what others had of them is not known.
    `now` is a clock (s).
    """

    folder: CompareFolder
    runtime: Runtime
    data: DataFolder
    progress: Progress
    machine: Callable[[], CpuTimes | None] | None = None
    models: Mapping[str, DataFolder] = field(default_factory=dict)
    start_deadline: Seconds = START_DEADLINE
    now: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._plan, self._cpus = self.folder.record.compare, self.folder.record.plan
        self._records: list[SliceRecord | InstanceRecord] = []
        self._blocks_took: list[float] = []
        self._began = self.now()

    def run(self) -> Compared:
        """Measure blocks, and return what was found.

        It is judged after each block, and once more where something ended it early. Raises
        ConfigError for contenders that cannot be sent the same, MeasureError where a server or the
        load generator failed, and KeyboardInterrupt: what was measured is on disk then, with what
        was found by then.
        """
        data = self._requests()
        self._began = self.now()
        self.progress.expect(self._plan.budget)
        with self.runtime.generator(self._cpus.generator) as generator:
            generator.put(GrpcLoad().files(data))
            blocks = self._blocks(generator, data)
            number, found = 0, self._judge()
            while self._may_begin(number, found):
                found = self._block(blocks, number)
                number += 1
        return found

    def _block(self, blocks: Blocks, number: int) -> Compared:
        """Measure a block, and return what has been found by then."""
        began, planned = self.now(), self._block_takes()
        try:
            with self.progress.step(f"block {number + 1}", planned):
                blocks.run(number)
        finally:
            self._blocks_took.append(self.now() - began)
            found = self._judge()
        self._say(found, number)
        self.progress.remains(self._left(found))
        return found

    def _may_begin(self, number: int, found: Compared) -> bool:
        """Return whether another block is needed, and would end within the budget."""
        slices = [each for each in self._records if isinstance(each, SliceRecord)]
        if failing(slices) or enough(self._plan, found):
            return False
        if number < FEWEST_BLOCKS:
            return True
        return self._elapsed + self._block_takes() <= self._plan.budget

    def _block_takes(self) -> float:
        """Estimate how long the next block takes (s): as the longest of those before.

        The first one is left out as soon as there are others, since it finds things out.
        """
        if self._blocks_took:
            return max(self._blocks_took[1:] or self._blocks_took)
        around = len(Arm) * (START_COST + STOP_COST + CHUNK * MOST / 2)
        return around + self._plan.pairs * len(Arm) * (self._plan.slice + _SLICE_COST)

    def _left(self, found: Compared) -> float:
        """Estimate how long it still takes (s): until it is precise, or the budget is over."""
        if enough(self._plan, found):
            return 0.0
        over = max(0.0, self._plan.budget - self._elapsed)
        needed = budget_needed(self._plan, found)
        most = min(self._plan.most_blocks, needed[0]) if needed else self._plan.most_blocks
        return min(over, max(1, most - found.blocks) * self._block_takes())

    def _judge(self) -> Compared:
        found = compared(self._plan, self._records, seconds=self._elapsed)
        self.folder.write_compared(found)
        return found

    def _say(self, found: Compared, number: int) -> None:
        told = "; ".join(
            f"{each.title} {change(each.ratio)}" for each in found.metrics if each.decides
        )
        self.progress.measured(f"block {number + 1}, {clock(self._elapsed)}: {told}")

    def _say_rate(self, warmed: Warmed, rate: RequestsPerSecond) -> None:
        most = ", ".join(f"{arm} {each:,.0f}" for arm, each in warmed.saturated.items())
        share = f"{self._plan.load.share:.0%}"
        bound = "; the load generator was full, so they may serve more" * warmed.client_bound
        self.progress.say(
            f"saturated throughput: {most} responses/s{bound}; "
            f"each slice: {rate:,.0f} requests/s, {share} of the lower"
        )

    def _keep(self, *records: SliceRecord | InstanceRecord) -> None:
        self.folder.append(*records)
        self._records.extend(records)

    def _blocks(self, generator: Generator, data: DataFolder) -> Blocks:
        method = self._plan.load.method
        return Blocks(
            plan=self._plan,
            cpus=self._cpus,
            starter=Starter(
                runtime=self.runtime,
                cpus=self._cpus,
                data=data,
                method=method,
                deadline=self.start_deadline,
                keep_log=self.folder.add_log,
            ),
            generator=generator,
            right=self._right(data),
            keep=self._keep,
            rate_found=self._say_rate,
            machine=self.machine,
        )

    def _requests(self) -> DataFolder:
        """Return what both are sent. Raises ConfigError where they serve different models."""
        of = {arm: self._data_of(arm) for arm in Arm}
        if of[Arm.BASELINE] is not of[Arm.CANDIDATE]:
            raise ConfigError(
                f"{self._plan.baseline.name} and {self._plan.candidate.name} serve different "
                "models; a comparison sends both the same requests: choose two of one model"
            )
        return of[Arm.BASELINE]

    def _data_of(self, arm: Arm) -> DataFolder:
        return self.models.get(self._plan.contender(arm).name, self.data)

    def _right(self, data: DataFolder) -> Right | None:
        """Return which responses are right; None where they are not the same of both arms."""
        noop = {self._plan.contender(arm).noop for arm in Arm}
        method = self._plan.load.method
        return right_of(data, method, noop=noop.pop()) if len(noop) == 1 else None

    @property
    def _elapsed(self) -> float:
        return self.now() - self._began
