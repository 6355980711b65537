"""A trial's window by time: throughput, p99 and failed requests in parts of equal length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusterbench.measure.windows import listed_until, measured
from clusterbench.model.samples import OK
from clusterbench.model.within_trial import Course

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusterbench.model.experiment import Timing
    from clusterbench.model.samples import Samples

#: A window has so many parts at most and, where responses are few, so many at least.
MOST_PARTS, LEAST_PARTS = 60, 5
#: A part's p99 takes so many responses: with fewer it would be the slowest one.
P99_NEEDS = 100
#: A part is one of these times a power of ten, in seconds, from _SHORTEST on.
_STEPS, _SHORTEST = (1, 2, 5), 0.1


def part_edges(window: float, responses: int) -> tuple[float, ...]:
    """Return the edges of a window's parts (s from its begin).

    A part lasts 0.1, 0.2, 0.5, 1, 2, ... s: the shortest of which a window has MOST_PARTS or fewer
    and that has P99_NEEDS of its `responses`, on average. Where they are so few that there would be
    fewer than LEAST_PARTS, a part is the longest of which there are as many. What is left at the
    window's end is a part of its own from half a part on, else it belongs to the last.
    """
    width = _SHORTEST
    place = 0
    while window / width > MOST_PARTS or responses * width < P99_NEEDS * window:
        place += 1
        longer = _STEPS[place % 3] * 10.0 ** (place // 3) * _SHORTEST
        if window / longer < LEAST_PARTS:
            break
        width = longer
    number = max(1, round(window / width))
    return (*(round(width * part, 6) for part in range(number)), window)


def course(samples: Samples, timing: Timing, edges: tuple[float, ...]) -> Course:
    """Return a trial's window by time, in the parts between `edges` (s from the window's begin).

    - Throughput counts OK responses by where they end. A part in which none does has 0.
    - p99 is of OK requests by where they start, or are due. It is None where fewer than P99_NEEDS
      do, and where the generator cut requests off at its end.
    - Failed requests count by where they end, and in nothing else.

    Where the generator listed only its first requests, throughput is None from the end of that list
    on, and p99 from where requests that started may be missing.
    """
    begin = float(timing.dropped)
    bounds = begin + np.array(edges)
    right, ends = samples.status == OK, samples.end
    responses = _counts(ends[right], bounds)
    listed = float(ends.max(initial=0.0)) if samples.truncated else np.inf
    throughput = responses / np.diff(bounds)
    which = measured(samples, timing)
    starts, latency = samples.start[which], samples.latency[which]
    known = listed_until(samples) if samples.truncated else np.inf
    part = np.searchsorted(bounds, starts, side="right") - 1
    return Course(
        throughput=tuple(
            float(value) if until <= listed else None
            for value, until in zip(throughput, bounds[1:], strict=True)
        ),
        p99=tuple(
            _p99(latency[part == number]) if samples.drained and until <= known else None
            for number, until in enumerate(bounds[1:])
        ),
        failed=tuple(int(number) for number in _counts(ends[~right], bounds)),
    )


def _counts(moments: NDArray[np.float64], bounds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count moments (n,) in the half-open parts between bounds."""
    part = np.searchsorted(bounds, moments, side="right") - 1
    within = (part >= 0) & (part < bounds.size - 1)
    return np.bincount(part[within], minlength=bounds.size - 1)


def _p99(latency: NDArray[np.float64]) -> float | None:
    return float(np.percentile(latency, 99.0)) if latency.size >= P99_NEEDS else None
