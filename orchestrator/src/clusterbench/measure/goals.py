"""Judges whether a measured figure reaches its goal, by the figure's whole interval. Pure."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterbench.model.interval import Estimate


class GoalState(StrEnum):
    """What became of a goal: not decided where the interval holds it, or is missing."""

    REACHED = "reached"
    MISSED = "missed"
    UNDECIDED = "not decided"


def goal_state(
    measured: Estimate | None,
    *,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    bound: str = "",
) -> GoalState:
    """Return what became of a goal, `bound` being that of a Comparison."""
    if measured is None or measured.ends is None:
        return GoalState.UNDECIDED
    low, high = measured.ends
    if bound not in {"", ">="}:
        low = -math.inf
    if bound not in {"", "<="}:
        high = math.inf
    if at_least <= low and high <= at_most:
        return GoalState.REACHED
    return GoalState.MISSED if high < at_least or low > at_most else GoalState.UNDECIDED
