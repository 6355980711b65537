"""Samples of requests: listed one by one, or drawn as a closed loop sends them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.model.experiment import Timing
from clusterbench.model.samples import OK, STATUS_NAMES, Samples
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

UNAVAILABLE = STATUS_NAMES.index("UNAVAILABLE")

#: (start, end, status) of a request, in seconds from the origin.
Request = tuple[float, float, int]


def samples_of(
    requests: Sequence[Request], *, listed: int | None = None, drained: bool = True
) -> Samples:
    """Samples of these requests in the order of their ends; only the first `listed` of them."""
    ordered = sorted(requests, key=lambda request: request[1])
    shown = ordered[:listed]
    start = np.array([request[0] for request in shown], dtype=np.float64)
    end = np.array([request[1] for request in shown], dtype=np.float64)
    return Samples(
        origin=1_700_000_000.0,
        start=start,
        latency=end - start,
        status=np.array([request[2] for request in shown], dtype=np.int8),
        counts=dict(Counter(STATUS_NAMES[request[2]] for request in ordered)),
        truncated=len(shown) < len(ordered),
        duration=max((request[1] for request in ordered), default=0.0),
        drained=drained,
    )


def timing(dropped: float, window: float, margin: float = 0.0) -> Timing:
    return Timing(dropped=Seconds(dropped), window=Seconds(window), margin=Seconds(margin))


def closed_loop(
    *, concurrency: int, latency: float, seconds: float, seed: int = 1, spread: float = 0.5
) -> list[Request]:
    """Requests of which `concurrency` are in flight: log-normal latencies of this mean (s)."""
    draw = np.random.default_rng(seed)
    requests: list[Request] = []
    for _ in range(concurrency):
        ends = np.zeros(1)
        while ends[-1] < seconds:
            took = latency * draw.lognormal(-(spread**2) / 2, spread, size=256)
            ends = np.concatenate([ends, ends[-1] + np.cumsum(took)])
        sent = int(np.count_nonzero(ends < seconds))
        requests += zip(ends[:sent].tolist(), ends[1 : sent + 1].tolist(), [OK] * sent, strict=True)
    return requests
