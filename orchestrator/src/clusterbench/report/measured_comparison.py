"""A comparison as reports take it: what was asked, what was recorded, and what was found. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.model.compared import Compared, MetricResult
from clusterbench.model.slices import CompareRecord, InstanceRecord, SliceRecord

if TYPE_CHECKING:
    from clusterbench.model.compare_plan import Arm, ComparePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredComparison:
    """All that is shown of a comparison. `records` are in the order in which they were measured."""

    record: CompareRecord
    records: Sequence[SliceRecord | InstanceRecord]
    found: Compared

    @property
    def plan(self) -> ComparePlan:
        """Return what was asked."""
        return self.record.compare

    @property
    def slices(self) -> list[SliceRecord]:
        """Return the slices, also those that count for nothing, in the order of measuring."""
        return [each for each in self.records if isinstance(each, SliceRecord)]

    @property
    def deciding(self) -> list[MetricResult]:
        """Return the metrics that decide."""
        return [each for each in self.found.metrics if each.decides]

    @property
    def rate(self) -> float | None:
        """Return the rate that slices were scheduled at (requests/s); None of a closed loop."""
        if self.plan.load.concurrency is not None:
            return None
        rates = [each.scheduled / each.seconds for each in self.slices if each.seconds > 0]
        return statistics.median(rates) if rates else None

    def name(self, arm: Arm) -> str:
        """Name an arm as whoever asked did."""
        return self.record.of.get(arm) or self.plan.contender(arm).name
