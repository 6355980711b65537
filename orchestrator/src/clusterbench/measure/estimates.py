"""A point and its interval from one figure per round. Pure."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The share of intervals that hold what they estimate, were rounds independent and normal.
CONFIDENCE = 0.95


def estimate(values: Sequence[float], *, positive: bool) -> Estimate:
    """Estimate a quantity from its figure in each round.

    The interval is Student's t over the n rounds: mean +/- t(0.975, n - 1) s / sqrt(n). Trials
    within a round share what the host did then; rounds are the nearest to repetitions, so they
    are what is counted. For a `positive` quantity (throughput, latency, a ratio) all is done on
    the logarithm: effects on speed multiply, the point is the geometric mean, the interval stays
    positive, and a ratio's is that of its inverse turned over. Where a round's figure is 0,
    which has no logarithm, the plain scale is used.

    One round gives no interval. Raises ValueError for no values, or for one that is not finite.
    """
    rounds = tuple(float(value) for value in values)
    if not rounds:
        raise ValueError("an estimate takes one round or more")
    if not all(math.isfinite(value) for value in rounds):
        raise ValueError(f"an estimate takes finite figures, not {rounds}")
    logarithmic = positive and min(rounds) > 0
    scaled = np.log(rounds) if logarithmic else np.array(rounds)
    middle = float(scaled.mean())

    def back(value: float) -> float:
        return math.exp(value) if logarithmic else value

    if len(rounds) == 1:
        return Estimate(value=rounds[0], low=None, high=None, rounds=rounds)
    half = student_t(len(rounds) - 1) * float(stats.sem(scaled))
    return Estimate(
        value=back(middle), low=back(middle - half), high=back(middle + half), rounds=rounds
    )


def scaled(given: Estimate, by: float) -> Estimate:
    """Return the same estimate in another unit: `by` is above 0."""
    return Estimate(
        value=given.value * by,
        low=None if given.low is None else given.low * by,
        high=None if given.high is None else given.high * by,
        rounds=tuple(value * by for value in given.rounds),
    )


@cache
def student_t(freedom: int) -> float:
    """Return the two-sided quantile of Student's t at CONFIDENCE."""
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
