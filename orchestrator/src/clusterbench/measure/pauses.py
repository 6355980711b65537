"""Pauses: a time within a trial's window in which nothing ended. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusterbench.model.units import Seconds
from clusterbench.model.within_trial import Stop

if TYPE_CHECKING:
    from clusterbench.model.experiment import Timing
    from clusterbench.model.samples import Samples

#: A pause lasts so long at least (s), and so many times the median latency, and the usual time
#: between two ends. That of a schedule at random (Poisson) is so long once in 5e8 requests.
SHORTEST, OF_LATENCY, OF_INTERVAL = 0.1, 3.0, 20.0


def pause(samples: Samples, timing: Timing) -> Stop | None:
    """Return the longest pause of a window; None where it has none, or not all are listed.

    It is the longest time between two ends of requests, whatever their status, that is SHORTEST or
    longer, OF_LATENCY times the median latency, and OF_INTERVAL times the window over its requests.
    What of it lies outside of the window does not count. A latency cannot make one alone: a closed
    loop always has a request in flight that ends within that, and an open one has others.
    """
    begin, window = float(timing.dropped), float(timing.window)
    ends = np.sort(samples.end)
    # The last end before the window, those in it, and the first one after it.
    first = max(0, int(np.searchsorted(ends, begin, side="left")) - 1)
    last = int(np.searchsorted(ends, begin + window, side="left")) + 1
    around = np.clip(ends[first:last], begin, begin + window)
    inside = ends[(ends >= begin) & (ends < begin + window)]
    if samples.truncated or not inside.size:
        return None
    gaps = np.diff(around)
    if not gaps.size:
        return None
    place = int(np.argmax(gaps))
    longest = float(gaps[place])
    usual = float(np.median(samples.latency)), window / inside.size
    if longest < max(SHORTEST, OF_LATENCY * usual[0], OF_INTERVAL * usual[1]):
        return None
    return Stop(at=Seconds(float(around[place]) - begin), seconds=Seconds(longest))
