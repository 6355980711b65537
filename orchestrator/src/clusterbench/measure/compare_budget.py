"""How many blocks a comparison would take to be precise, from how much its blocks spread. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clusterbench.measure.estimates import student_t
from clusterbench.measure.precision import halved

if TYPE_CHECKING:
    from clusterbench.model.compare_plan import ComparePlan
    from clusterbench.model.compared import Compared, MetricResult

#: Nobody waits for more blocks than this.
_MOST = 10_000


def blocks_needed(plan: ComparePlan, result: MetricResult) -> int | None:
    """Return how many blocks would bring a metric's interval within the precision.

    The blocks are taken to spread as those that were measured do: n of them then have an interval
    of t(n - 1) / sqrt(n) times their spread. None where that is not known, as of a single block,
    or where no number of blocks would do.
    """
    ratio = result.ratio
    if ratio is None or ratio.ends is None:
        return None
    measured = len(ratio.rounds)
    half = math.log(ratio.ends[1] / ratio.ends[0]) / 2
    # What the interval is of blocks that spread by 1, times what they spread by.
    spread = half / _width(measured)
    wanted = math.log1p(min(plan.precision, halved(plan)))
    low, high = max(plan.least_blocks, 2), _MOST
    if spread * _width(high) > wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        if spread * _width(middle) <= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def budget_needed(plan: ComparePlan, found: Compared) -> tuple[int, float] | None:
    """Return the blocks, and the time (s), that would make every metric that decides precise.

    The time is that of what was measured, in proportion. None where it is not known.
    """
    needed = [blocks_needed(plan, each) for each in found.metrics if each.decides]
    known = [each for each in needed if each is not None]
    if not found.blocks or not known or len(known) < len(needed):
        return None
    return max(known), max(known) * found.seconds / found.blocks


def _width(blocks: int) -> float:
    """Return half the width of the interval of so many blocks that spread by 1."""
    return student_t(blocks - 1) / math.sqrt(blocks)
