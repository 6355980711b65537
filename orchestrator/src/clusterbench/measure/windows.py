"""One trial's window in numbers, from its requests. The lab's definitions are made here.

The window is [dropped, dropped + window) seconds after the first request's start: the first
`dropped` seconds are thrown away, and both ends are half-open, so that no request counts in two
windows and none falls between. In an open loop a request starts when it was due.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusterbench.measure.drift import drift
from clusterbench.measure.pauses import pause
from clusterbench.model.cell_summary import P999_NEEDS, PERCENTILES, Figures
from clusterbench.model.samples import OK, STATUS_NAMES, errors_of
from clusterbench.model.units import RequestsPerSecond, Seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from clusterbench.model.experiment import Timing
    from clusterbench.model.samples import Samples


def figures(samples: Samples, timing: Timing) -> Figures:
    """Return a trial's figures.

    - Throughput and errors count requests by where they *end*: in the window or not.
    - Latency is of the requests that *start* in the window and are OK, wherever they end.
    - A request in flight at the window's end is no error.
    - Drift is of the whole window: see `measure.drift`; a pause is in it: see `measure.pauses`.
    - The send delay, and what the server's limits held back, where they are known, are of the same
      requests as the latency.

    Where the generator listed only its first requests, and their list ends before the window does,
    throughput and errors come from its counts by status: all requests that the list does not show
    to have ended within `dropped`, per second of the rest of the load. Latency then is of the
    requests that start early enough that all of them are listed (see `listed_until`).

    Where the generator cut requests off at its end, `latency` is empty: the slowest are missing.
    """
    counts, seconds = _ended(samples, timing)
    responses = counts.get(STATUS_NAMES[OK], 0)
    due, which = _due(samples, timing), measured(samples, timing)
    delay, stop = samples.send_delay, pause(samples, timing)
    return Figures(
        throughput=RequestsPerSecond(responses / seconds if seconds else 0.0),
        latency=_statistics(samples.latency[which]) if samples.drained else {},
        responses=responses,
        errors=errors_of(counts),
        truncated=samples.truncated,
        send_delay=_told(samples, samples.send_delay, which),
        held_back_for=_told(samples, samples.held_back_for, which),
        sent_share=float(np.mean(~np.isnan(delay[due])))
        if delay is not None and due.any()
        else None,
        drift=drift(samples, timing),
        pause=stop.seconds if stop else None,
    )


def measured(samples: Samples, timing: Timing) -> NDArray[np.bool_]:
    """Return which requests latency is of (n,): OK ones that start in the window.

    Where the generator listed only its first requests, only those before `listed_until`.
    """
    which: NDArray[np.bool_] = _due(samples, timing) & (samples.status == OK)
    if samples.truncated:
        which &= samples.start < listed_until(samples)
    return which


def _due(samples: Samples, timing: Timing) -> NDArray[np.bool_]:
    begin = float(timing.dropped)
    due: NDArray[np.bool_] = samples.start >= begin
    return due & (samples.start < begin + float(timing.window))


def _told(
    samples: Samples, times: NDArray[np.float64] | None, which: NDArray[np.bool_]
) -> Mapping[str, Seconds]:
    """Return the statistics of a part of the latency; {} where the generator does not tell it."""
    if times is None or not samples.drained:
        return {}
    return _statistics(times[which & ~np.isnan(times)])


def _ended(samples: Samples, timing: Timing) -> tuple[dict[str, int], float]:
    """Count by status what ended in the window, and return in how many seconds it did."""
    begin, window = float(timing.dropped), float(timing.window)
    ends = samples.end
    listed = float(ends.max()) if ends.size else 0.0
    if samples.truncated and listed < begin + window:
        return _rest(samples, ends < begin), max(samples.duration - begin, 0.0)
    return _by_status(samples.status[(ends >= begin) & (ends < begin + window)]), window


def _statistics(times: NDArray[np.float64]) -> Mapping[str, Seconds]:
    """Return mean, percentiles and maximum (s) of OK requests' times (n,); {} of none.

    Percentiles interpolate linearly between the two nearest ranks (numpy's default, Hyndman and
    Fan's type 7). p99.9 takes P999_NEEDS responses: with fewer, a handful of requests would be it.
    """
    if not times.size:
        return {}
    named = [
        (name, share)
        for name, share in PERCENTILES.items()
        if name != "p99.9" or times.size >= P999_NEEDS
    ]
    values = np.percentile(times, [share for _, share in named])
    return {
        "mean": Seconds(float(times.mean())),
        **{name: Seconds(float(value)) for (name, _), value in zip(named, values, strict=True)},
        "max": Seconds(float(times.max())),
    }


def _by_status(status: NDArray[np.int8]) -> dict[str, int]:
    """Count statuses by name; those that do not occur are left out."""
    numbers = np.bincount(status.astype(np.int64), minlength=len(STATUS_NAMES))
    return {STATUS_NAMES[code]: int(n) for code, n in enumerate(numbers) if n}


def _rest(samples: Samples, before: NDArray[np.bool_]) -> dict[str, int]:
    """Count, by status, all requests but those listed as `before`."""
    early = _by_status(samples.status[before])
    rest = {name: number - early.get(name, 0) for name, number in samples.counts.items()}
    return {name: number for name, number in rest.items() if number > 0}


def listed_until(samples: Samples) -> float:
    """Return the time (s from the origin) before which every started request is listed.

    Requests are listed as they end, so one that started just before the list's end is listed
    only if it was fast: percentiles of all listed starts would flatter. One is missing if it
    started at s and took longer than (the list's end - s). Up to the list's end less the longest
    latency seen, none is missing unless it took longer than every listed one.
    """
    if not samples.latency.size:
        return 0.0
    return float(samples.end.max()) - float(samples.latency.max())
