"""An estimate with two levels: pairs of slices within pairs of instances (blocks). Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.measure.estimates import CONFIDENCE
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoLevel:
    """An estimated ratio, and how much one pair and one block spread about it.

    The spreads are standard deviations of log ratios; None where there are too few to tell.
    """

    ratio: Estimate
    slice_spread: float | None
    instance_spread: float | None


def two_level(
    blocks: Sequence[Sequence[float]], *, confidence: float = CONFIDENCE
) -> TwoLevel | None:
    """Estimate a ratio from the log ratio of each pair, block by block.

    The blocks' means are what is counted: what two instances differ by, whatever the code, is the
    same in all of a block's pairs (Kalibera & Jones 2013, "Rigorous benchmarking in reasonable
    time", section 7). Returns None where no block has a pair.
    """
    kept = [np.asarray(block, dtype=float) for block in blocks if len(block)]
    if not kept:
        return None
    from scipy import stats  # noqa: PLC0415 - takes a second, and most of the lab does without

    means = np.array([block.mean() for block in kept])
    middle = float(means.mean())
    rounds = tuple(float(each) for each in np.exp(means))
    several = [block for block in kept if len(block) > 1]
    within = float(np.mean([block.var(ddof=1) for block in several])) if several else None
    if len(kept) == 1:
        ratio = Estimate(value=math.exp(middle), low=None, high=None, rounds=rounds)
        return TwoLevel(ratio=ratio, slice_spread=_root(within), instance_spread=None)
    between = float(means.var(ddof=1))
    half = float(stats.t.ppf((1 + confidence) / 2, len(kept) - 1)) * math.sqrt(between / len(kept))
    per_block = float(np.mean([1 / len(block) for block in kept]))
    own = None if within is None else max(0.0, between - within * per_block)
    ratio = Estimate(
        value=math.exp(middle), low=math.exp(middle - half), high=math.exp(middle + half),
        rounds=rounds,
    )  # fmt: skip
    return TwoLevel(ratio=ratio, slice_spread=_root(within), instance_spread=_root(own))


def _root(variance: float | None) -> float | None:
    return None if variance is None else math.sqrt(variance)
