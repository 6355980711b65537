"""Whether an interval of a comparison is narrow enough. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterbench.model.compare_plan import ComparePlan
    from clusterbench.model.interval import Estimate

#: An interval that reaches so much of a change to either side of it says enough of that change.
_OF_A_LARGE_CHANGE = 0.25


def precise(plan: ComparePlan, ratio: Estimate | None) -> bool:
    """Return whether an interval is narrow enough: by itself, or beside a change that is large.

    None is where no precision is asked for (0).
    """
    if not plan.precision or ratio is None or ratio.ends is None:
        return False
    low, high = (math.log(end) for end in ratio.ends)
    asked = math.log1p(min(plan.precision, halved(plan)))
    return (high - low) / 2 <= max(asked, abs(math.log(ratio.value)) * _OF_A_LARGE_CHANGE)


def halved(plan: ComparePlan) -> float:
    """Return half of the change that is no difference: of the one that fails, where one does."""
    return plan.precision if plan.fail_over is None else math.sqrt(1 + plan.fail_over) - 1
