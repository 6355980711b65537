"""A latency's percentiles up to where responses are too few, on a grid that is fine at its end.

Such a curve is drawn over 1 / (1 - p) on a logarithmic axis, as HdrHistogram's are: each decade
is a nine more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusterbench.measure.estimates import estimate
from clusterbench.model.cell_summary import P999_NEEDS
from clusterbench.model.within_trial import CurvePoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: A percentile takes so many responses above it: as many as p99.9 has of P999_NEEDS.
BEYOND = P999_NEEDS // 1000
#: Points in each decade of 1 - p.
_STEPS = 20
#: The percentiles that every curve has, as shares above them.
MARKED = (0.5, 0.25, 0.1, 0.05, 0.01, 0.001, 0.0001, 0.00001, 0.000001)


def percentile_curve(rounds: Sequence[NDArray[np.float64]]) -> tuple[CurvePoint, ...]:
    """Return the percentiles (s) of latencies, one array (n,) of seconds for each round.

    Rounds are not pooled. Each percentile is computed in each round by itself and then estimated
    over them, as tables do it (see `measure.estimates`); `low` and `high` are those of the lowest
    and the highest round. The curve ends where the round with the fewest responses has fewer than
    BEYOND above a percentile. Rounds without latencies do not count; without any there is no curve.
    """
    known = [np.sort(latencies) for latencies in rounds if latencies.size]
    if not known:
        return ()
    least = BEYOND / min(latencies.size for latencies in known)
    beyond = [share for share in _grid() if share >= least * (1 - 1e-9)]
    if not beyond:
        return ()
    percents = 100.0 * (1.0 - np.array(beyond))
    values = np.array([np.percentile(latencies, percents) for latencies in known])
    return tuple(
        CurvePoint(
            beyond=share,
            value=estimate(column.tolist()).value,
            low=float(column.min()),
            high=float(column.max()),
        )
        for share, column in zip(beyond, values.T, strict=True)
    )


def _grid() -> list[float]:
    """Return the shares above percentiles from 1 (the minimum) on, the largest first."""
    decades = len(str(round(1 / MARKED[-1]))) - 1
    steps = (10.0 ** (-step / _STEPS) for step in range(decades * _STEPS + 1))
    return sorted({float(f"{share:.6g}") for share in (*steps, *MARKED)}, reverse=True)
