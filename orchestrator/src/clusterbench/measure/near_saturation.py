"""Instances of a comparison that its rate nearly fills, so that requests queue. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from clusterbench.model.compared import NearlyFull
from clusterbench.model.slices import InstanceRecord, SliceRecord
from clusterbench.model.units import RequestsPerSecond

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.compare_plan import Arm, ComparePlan

#: From this share of its saturated throughput on, an instance is nearly full. Where arrivals and
#: service times are random (M/M/1), requests wait there four times as long as they are served.
NEARLY_FULL = 0.8
#: An instance's saturated throughput is the mean of so many chunks, the last ones of its warm-up.
_LAST = 2


def nearly_full(
    plan: ComparePlan, records: Sequence[SliceRecord | InstanceRecord]
) -> Iterator[NearlyFull]:
    """Yield each instance whose slices' rate is NEARLY_FULL of its saturated throughput or more.

    The rate is found in the first block alone, or given: instances of later blocks may serve less.
    Yields nothing of closed loops, which keep no rate.
    """
    if plan.load.concurrency is not None:
        return
    rates = _rates(records)
    for record in records:
        if not isinstance(record, InstanceRecord) or not record.warm_up:
            continue
        last = record.warm_up[-_LAST:]
        saturated = sum(last) / len(last)
        rate = rates.get((record.block, record.arm), 0.0)
        if rate >= NEARLY_FULL * saturated and rate > 0:
            yield NearlyFull(
                block=record.block,
                arm=record.arm,
                rate=RequestsPerSecond(rate),
                saturated=RequestsPerSecond(saturated),
            )


def _rates(records: Sequence[SliceRecord | InstanceRecord]) -> dict[tuple[int, Arm], float]:
    """Return the rate that each instance's slices were scheduled at (requests/s)."""
    scheduled: defaultdict[tuple[int, Arm], int] = defaultdict(int)
    seconds: defaultdict[tuple[int, Arm], float] = defaultdict(float)
    for each in records:
        if isinstance(each, SliceRecord):
            scheduled[each.block, each.arm] += each.scheduled
            seconds[each.block, each.arm] += each.seconds
    return {of: scheduled[of] / lasted for of, lasted in seconds.items() if lasted > 0}
