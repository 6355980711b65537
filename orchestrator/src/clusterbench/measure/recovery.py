"""What overload, and a second's stop in the middle of it, did to a server. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.model.experiment import Bytes, RequestsPerSecond, Seconds
from clusterbench.model.samples import OK, STATUS_NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusterbench.model.samples import Samples

#: A server is back once it gives this share of its normal throughput ...
BACK = 0.9
#: ... over this long (s), looked at in steps of STEP (s).
SPAN, STEP = 0.5, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A server's memory (bytes) by the kernel's counters.

    `start` is warm and before the overload, `end` after the normal load that followed it.
    """

    start: Bytes
    peak: Bytes
    end: Bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Overloaded:
    """What became of one server.

    `normal` and `after` are responses/s under the load that fills it, before the overload and after
    it. `seconds` are responses/s in each whole second of the overload: 0 is the second that begins
    with the stop, -1 the one before it. `again` is how long after it went on the first answer
    came, `back` how long until it gave 90% of `normal` again over half a second (s); None where it
    did not. `errors` are by status, of the whole overload. `server_share` and `generator_share`
    are how busy each side's CPUs were in overload before the stop (1.0 is full); None where the
    generator ended before. Where the generator was full and the server was not, the answers in
    overload are the generator's limit.
    """

    contender: str
    normal: RequestsPerSecond
    seconds: Mapping[int, RequestsPerSecond]
    again: Seconds | None
    back: Seconds | None
    after: RequestsPerSecond
    memory: Memory
    errors: Mapping[str, int]
    server_share: float | None = None
    generator_share: float | None = None

    @property
    def before_stop(self) -> float | None:
        """Return the mean responses/s in overload before the stop; None without a second."""
        return _mean([rate for second, rate in self.seconds.items() if second < 0])

    @property
    def least_before_stop(self) -> float | None:
        """Return the responses/s of the worst second before the stop."""
        return min((rate for second, rate in self.seconds.items() if second < 0), default=None)


def by_second(samples: Samples, stop: Seconds, load: Seconds) -> Mapping[int, RequestsPerSecond]:
    """Count the OK responses that end in each whole second of a load of `load` seconds.

    Seconds are counted from `stop` (s after the first call), downwards before it.
    """
    first, behind = math.ceil(-stop), math.floor(load - stop)
    places = np.floor(_responses(samples) - stop).astype(np.int64) - first
    wide = max(behind - first, 0)
    counts = np.bincount(places[(places >= 0) & (places < wide)], minlength=wide)
    return {first + place: RequestsPerSecond(float(n)) for place, n in enumerate(counts.tolist())}


def first_response(samples: Samples, resumed: Seconds) -> Seconds | None:
    """Return how long after `resumed` (s after the first call) the first answer ended."""
    later = _responses(samples)
    later = later[later > resumed]
    return Seconds(float(later.min()) - resumed) if later.size else None


def back_to_normal(
    samples: Samples, resumed: Seconds, normal: RequestsPerSecond, load: Seconds
) -> Seconds | None:
    """Return how long after `resumed` the first SPAN begins that has BACK of normal's answers."""
    ends = np.sort(_responses(samples))
    starts = np.arange(resumed, load - SPAN, STEP)
    counts = np.searchsorted(ends, starts + SPAN) - np.searchsorted(ends, starts)
    enough = np.flatnonzero(counts >= BACK * normal * SPAN)
    return Seconds(float(starts[enough[0]]) - resumed) if enough.size else None


def errors(samples: Samples) -> Mapping[str, int]:
    """Return the answers of the whole load other than OK, by status."""
    return {name: n for name, n in samples.counts.items() if name != STATUS_NAMES[OK] and n}


def _responses(samples: Samples) -> NDArray[np.float64]:
    ended: NDArray[np.float64] = samples.end[samples.status == OK]
    return ended


def _mean(values: list[RequestsPerSecond]) -> float | None:
    return sum(values) / len(values) if values else None
