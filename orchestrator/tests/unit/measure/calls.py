"""Made-up calls for these tests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.model.experiment import Seconds, Timing
from clusterbench.model.samples import OK, STATUS_NAMES, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

UNAVAILABLE = STATUS_NAMES.index("UNAVAILABLE")

#: (start, end, status) of a call, in seconds from the origin.
Call = tuple[float, float, int]


def samples_of(
    calls: Sequence[Call], *, listed: int | None = None, drained: bool = True
) -> Samples:
    """Samples of these calls, in the order in which they end; only the first `listed` of them."""
    ordered = sorted(calls, key=lambda call: call[1])
    shown = ordered[:listed]
    start = np.array([call[0] for call in shown], dtype=np.float64)
    end = np.array([call[1] for call in shown], dtype=np.float64)
    return Samples(
        origin=1_700_000_000.0,
        start=start,
        latency=end - start,
        status=np.array([call[2] for call in shown], dtype=np.int8),
        counts=dict(Counter(STATUS_NAMES[call[2]] for call in ordered)),
        truncated=len(shown) < len(ordered),
        duration=max((call[1] for call in ordered), default=0.0),
        drained=drained,
    )


def timing(dropped: float, window: float, margin: float = 0.0) -> Timing:
    return Timing(dropped=Seconds(dropped), window=Seconds(window), margin=Seconds(margin))


def closed_loop(
    *, callers: int, latency: float, seconds: float, seed: int = 1, spread: float = 0.5
) -> list[Call]:
    """What callers do that each wait for their answer: log-normal latencies of this mean."""
    draw = np.random.default_rng(seed)
    calls: list[Call] = []
    for _ in range(callers):
        ends = np.zeros(1)
        while ends[-1] < seconds:
            took = latency * draw.lognormal(-(spread**2) / 2, spread, size=256)
            ends = np.concatenate([ends, ends[-1] + np.cumsum(took)])
        sent = int(np.count_nonzero(ends < seconds))
        calls += zip(ends[:sent].tolist(), ends[1 : sent + 1].tolist(), [OK] * sent, strict=True)
    return calls
