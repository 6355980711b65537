"""What overload, and a pause in the middle of it, did to a server."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.measure.limits import throttled
from clusterbench.model.recovery import Memory, Overloaded
from clusterbench.model.samples import OK, errors_of
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from clusterbench.model.records import TrialRecord
    from clusterbench.model.samples import Samples

#: A server is back once it gives this share of its normal throughput ...
BACK = 0.9
#: ... over this long (s), looked at in steps of STEP (s).
SPAN, STEP = 0.5, 0.05


def recovered(record: TrialRecord, samples: Samples) -> Overloaded | None:
    """Return what became of a server in overload.

    `samples` are the requests of the part with a pause. None for a trial without such a part, or
    without a part `normal` before it and a part `after` behind it.
    """
    parts = {part.name: part for part in record.parts}
    load = next((part for part in record.parts if part.paused is not None), None)
    if load is None or load.paused is None or load.resumed is None:
        return None
    normal, after = parts.get("normal"), parts.get("after")
    if normal is None or after is None:
        return None
    return Overloaded(
        contender=record.contender,
        scenario=record.scenario,
        level=record.level,
        normal=normal.throughput,
        seconds=by_second(samples, load.paused, load.seconds),
        again=first_response(samples, load.resumed),
        back=back_to_normal(samples, load.resumed, normal.throughput, load.seconds),
        after=after.throughput,
        memory=Memory(
            start=normal.memory or Bytes(0),
            peak=max((part.peak_memory or Bytes(0) for part in record.parts), default=Bytes(0)),
            end=after.memory or Bytes(0),
        ),
        errors=errors_of(samples.counts),
        server_share=record.server.share if record.server else None,
        generator_share=record.generator.share if record.generator else None,
        throttled=any(map(throttled, filter(None, (record.server, record.generator)))),
    )


def by_second(samples: Samples, stop: Seconds, load: Seconds) -> Mapping[int, RequestsPerSecond]:
    """Count the OK responses that end in each whole second of a load of `load` seconds.

    Seconds are counted from `stop` (s after the first request), downwards before it.
    """
    first, behind = math.ceil(-stop), math.floor(load - stop)
    places = np.floor(_responses(samples) - stop).astype(np.int64) - first
    wide = max(behind - first, 0)
    counts = np.bincount(places[(places >= 0) & (places < wide)], minlength=wide)
    return {first + place: RequestsPerSecond(float(n)) for place, n in enumerate(counts.tolist())}


def first_response(samples: Samples, resumed: Seconds) -> Seconds | None:
    """Return how long after `resumed` (s after the first request) the first response came."""
    later = _responses(samples)
    later = later[later > resumed]
    return Seconds(float(later.min()) - resumed) if later.size else None


def back_to_normal(
    samples: Samples, resumed: Seconds, normal: RequestsPerSecond, load: Seconds
) -> Seconds | None:
    """Return how long after `resumed` the first SPAN begins with BACK of the normal responses."""
    ends = np.sort(_responses(samples))
    starts = np.arange(resumed, load - SPAN, STEP)
    counts = np.searchsorted(ends, starts + SPAN) - np.searchsorted(ends, starts)
    enough = np.flatnonzero(counts >= BACK * normal * SPAN)
    return Seconds(float(starts[enough[0]]) - resumed) if enough.size else None


def _responses(samples: Samples) -> NDArray[np.float64]:
    ended: NDArray[np.float64] = samples.end[samples.status == OK]
    return ended
