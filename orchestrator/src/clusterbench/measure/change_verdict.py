"""What the interval of a ratio says of a change: worse, better, no difference, or nothing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model.compared import CompareVerdict

if TYPE_CHECKING:
    from clusterbench.model.interval import Estimate


def change_verdict(ratio: Estimate, *, less_is_better: bool, precision: float) -> CompareVerdict:
    """Return what is said of a ratio of candidate to baseline.

    Worse or better takes an interval that is wholly on one side of no change. No difference takes
    one that is within twice the precision (a share) of no change: as much as an interval of that
    half width holds at most where it holds no change. Both are so on a log scale.
    """
    if ratio.ends is None:
        return CompareVerdict.TOO_NOISY
    low, high = ratio.ends
    if low > 1 or high < 1:
        worse = (low > 1) is less_is_better
        return CompareVerdict.SLOWER if worse else CompareVerdict.FASTER
    within = max(high, 1 / low) <= (1 + precision) ** 2
    return CompareVerdict.NO_DIFFERENCE if within else CompareVerdict.TOO_NOISY
