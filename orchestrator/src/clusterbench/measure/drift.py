"""Drift: whether a trial's window has a trend, and by how much it went. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.model.samples import OK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusterbench.model.experiment import Timing
    from clusterbench.model.samples import Samples

#: Into how many parts of equal length a window is divided.
PARTS = 12
#: How rarely parts without a trend may seem to have one, and how large a trend must be: a window
#: that goes up by 5% is 2.5% below its last level.
SIGNIFICANT, LARGE = 0.01, 0.05


def drift(samples: Samples, timing: Timing) -> float | None:
    """Return by which share a window's level went up or down, from its first part to its last.

    0.0 where that is no trend: the level is the throughput of each part of a closed loop, and the
    median latency of each part of an open one, whose throughput is the schedule's. A trend is one
    that Mann and Kendall's test finds (H. B. Mann, Econometrica 13, 1945; two-sided, SIGNIFICANT),
    and that is LARGE by the slope of Theil and Sen (P. K. Sen, J. Am. Stat. Assoc. 63, 1968), which
    a pause does not move. The slope is that of the levels' logarithms, so that no level falls by
    more than all of it. None where not every part has responses, or not all are listed.
    """
    levels = None if samples.truncated else _levels(samples, timing)
    if levels is None or not levels.all():
        return None
    from scipy import stats  # noqa: PLC0415 - takes a second, and reading the files does without

    trend = stats.kendalltau(np.arange(PARTS), levels)
    if not trend.pvalue < SIGNIFICANT:
        return 0.0
    went = math.expm1(float(stats.theilslopes(np.log(levels))[0]) * (PARTS - 1))
    return went if abs(went) >= LARGE else 0.0


def extent(drift: float) -> float:
    """Return how far a drift went, by a measure that is alike up and down: of twice and of half."""
    return abs(math.log1p(drift))


def _levels(samples: Samples, timing: Timing) -> NDArray[np.float64] | None:
    """Return the level of each part (PARTS,): responses, or seconds; None where one has none."""
    right = samples.status == OK
    begin, window = float(timing.dropped), float(timing.window)
    scheduled = samples.send_delay is not None
    moments = samples.start[right] if scheduled else samples.end[right]
    part = np.floor((moments - begin) * (PARTS / window)).astype(np.int64)
    within = (part >= 0) & (part < PARTS)
    counts = np.bincount(part[within], minlength=PARTS)
    if not counts.all():
        return None
    if not scheduled:
        return counts.astype(np.float64)
    latency = samples.latency[right][within]
    inside = part[within]
    return np.array([np.median(latency[inside == number]) for number in range(PARTS)])
