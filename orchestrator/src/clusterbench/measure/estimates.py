"""A point and its interval from one figure per round. Pure."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: The share of intervals that hold what they estimate, were rounds independent and normal.
CONFIDENCE = 0.95


def estimate(values: Sequence[float], *, positive: bool = True) -> Estimate:
    """Estimate a quantity from its figure in each round.

    The interval is Student's t over the n rounds: mean +/- t(0.975, n - 1) s / sqrt(n). Trials
    within a round share what the host did then; rounds are the nearest to repetitions, so they
    are what is counted. For a `positive` quantity (throughput, latency, a ratio) all is done on
    the logarithm: effects on speed multiply, the point is the geometric mean, the interval stays
    positive, and a ratio's is that of its inverse turned over. Where a round's figure is 0,
    which has no logarithm, the plain scale is used, and the interval ends at 0.

    One round gives no interval. Raises ValueError for no values, or for one that is not finite.
    """
    rounds = tuple(float(value) for value in values)
    if not rounds:
        raise ValueError("an estimate takes one round or more")
    if not all(math.isfinite(value) for value in rounds):
        raise ValueError(f"an estimate takes finite figures, not {rounds}")
    logarithmic = positive and min(rounds) > 0
    if len(rounds) == 1:
        return Estimate(value=rounds[0], low=None, high=None, rounds=rounds)
    scale = np.log(rounds) if logarithmic else np.array(rounds)
    half = student_t(len(rounds) - 1) * float(stats.sem(scale))
    middle = float(scale.mean())
    found = (middle, middle - half, middle + half)
    value, low, high = map(math.exp, found) if logarithmic else found
    least = 0.0 if positive and min(rounds) == 0 else -math.inf
    return Estimate(value=value, low=max(low, least), high=high, rounds=rounds)


def estimate_of(values: Iterable[float | None], *, positive: bool = True) -> Estimate | None:
    """Estimate a quantity from the rounds that have a figure of it; None where none has."""
    known = [value for value in values if value is not None]
    return estimate(known, positive=positive) if known else None


def scaled(given: Estimate, by: float) -> Estimate:
    """Return the same estimate in another unit: `by` is above 0."""
    low, high = (None if end is None else end * by for end in (given.low, given.high))
    rounds = tuple(value * by for value in given.rounds)
    return Estimate(value=given.value * by, low=low, high=high, rounds=rounds)


@cache
def student_t(freedom: int) -> float:
    """Return the two-sided quantile of Student's t at CONFIDENCE."""
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
