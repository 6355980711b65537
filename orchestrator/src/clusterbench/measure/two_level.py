"""An estimate with two levels: pairs of slices within pairs of instances (blocks). Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from clusterbench.measure.estimates import CONFIDENCE
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: The share of a block's pairs that is left out at either end: pauses of the host are huge.
TRIMMED = 0.2

#: How many times Student's quantile the interval has. Blocks are added until the interval is
#: narrow, so it ends where they happen to agree, and is too narrow by as much. By simulation:
#: `benchmarks/coverage.py`.
WIDENED = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoLevel:
    """An estimated ratio, and how much one pair and one block spread about it.

    The spreads are standard deviations of log ratios; None where there are too few to tell.
    `chance` is how often blocks that differ by nothing are as far from 1 as these (a p-value, of
    the widened interval): None of one block.
    """

    ratio: Estimate
    slice_spread: float | None
    instance_spread: float | None
    chance: float | None = None


def two_level(
    blocks: Sequence[Sequence[float]], *, confidence: float = CONFIDENCE
) -> TwoLevel | None:
    """Estimate a ratio from the log ratio of each pair, block by block.

    Blocks are what is counted, since what two instances differ by, whatever the code, is the same
    in all of a block's pairs (Kalibera & Jones 2013, "Rigorous benchmarking in reasonable time",
    section 7). A block's figure is the mean of its pairs without the TRIMMED share at either end
    (Tukey & McLaughlin 1963). The interval is Student's t over blocks, WIDENED. Returns None where
    no block has a pair.
    """
    kept = [np.asarray(block, dtype=float) for block in blocks if len(block)]
    if not kept:
        return None
    figures = np.array([trimmed_mean(block) for block in kept])
    middle, number = float(figures.mean()), len(kept)
    rounds = tuple(float(each) for each in np.exp(figures))
    several = [block for block in kept if len(block) > 1]
    within = float(np.mean([block.var(ddof=1) for block in several])) if several else None
    if number == 1:
        ratio = Estimate(value=math.exp(middle), low=None, high=None, rounds=rounds)
        return TwoLevel(ratio=ratio, slice_spread=_root(within), instance_spread=None)
    error = WIDENED * float(figures.std(ddof=1)) / math.sqrt(number)
    half = float(special.stdtrit(number - 1, (1 + confidence) / 2)) * error
    ratio = Estimate(
        value=math.exp(middle), low=math.exp(middle - half), high=math.exp(middle + half),
        rounds=rounds,
    )  # fmt: skip
    of_slices = [variance_of_trimmed(block) for block in several]
    own = max(0.0, float(figures.var(ddof=1)) - float(np.mean(of_slices))) if of_slices else None
    return TwoLevel(
        ratio=ratio, slice_spread=_root(within), instance_spread=_root(own),
        chance=_chance(middle, error, number),
    )  # fmt: skip


def trimmed_mean(values: NDArray[np.float64]) -> float:
    """Return the mean without the TRIMMED share of the values at either end."""
    cut = int(TRIMMED * len(values))
    return float(np.sort(values)[cut : len(values) - cut].mean())


def variance_of_trimmed(values: NDArray[np.float64]) -> float:
    """Return the variance of a trimmed mean of two values or more, by their winsorized variance.

    Tukey & McLaughlin 1963, "Less vulnerable confidence and significance procedures for location
    based on a single sample", Sankhya A 25.
    """
    number = len(values)
    cut = int(TRIMMED * number)
    ordered = np.sort(values)
    pulled = np.clip(values, ordered[cut], ordered[number - cut - 1])
    return float(pulled.var(ddof=1)) / ((1 - 2 * cut / number) ** 2 * number)


def _chance(middle: float, error: float, number: int) -> float:
    if error == 0.0:
        return 1.0 if middle == 0.0 else 0.0
    return float(2 * special.stdtr(number - 1, -abs(middle) / error))


def _root(variance: float | None) -> float | None:
    return None if variance is None else math.sqrt(variance)
