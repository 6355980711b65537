"""What single calls cost, from their timings in turns. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate, estimate_of
from clusterbench.measure.goals import GoalState, goal_state
from clusterbench.model.interval import Estimate
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class GoalBasis(StrEnum):
    """How a call is set against its group's reference, turn by turn."""

    RATIO = "ratio"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A call is to take at most so many times its reference, or so many seconds more."""

    measure: GoalBasis
    at_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTiming:
    """One call's turn: the median of its rounds (s).

    `reference` marks the one that its group is compared with.
    """

    turn: int
    group: str
    call: str
    seconds: Seconds
    reference: bool = False
    goal: Goal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a call costs (s), over all turns, and against its group's reference.

    `ratio` is how many times the reference, `difference` how much more (s): paired by turn, and
    None for the reference itself or where no turn has both. `goal_state` is None without a goal.
    """

    group: str
    call: str
    seconds: Estimate
    ratio: Estimate | None = None
    difference: Estimate | None = None
    reference: bool = False
    goal: Goal | None = None
    goal_state: GoalState | None = None

    def measured(self) -> Estimate | None:
        """Return what the goal is held against."""
        if self.goal is None:
            return None
        return self.ratio if self.goal.measure is GoalBasis.RATIO else self.difference


def costs(timings: Iterable[CallTiming]) -> Sequence[Cost]:
    """Estimate each call's cost, by group; in a group the reference first, then the cheapest."""
    found: dict[tuple[str, str], dict[int, CallTiming]] = {}
    for timing in timings:
        found.setdefault((timing.group, timing.call), {})[timing.turn] = timing
    references = {
        group: turns
        for (group, _), turns in found.items()
        if any(timing.reference for timing in turns.values())
    }
    made = [_cost(turns, references.get(group, {})) for (group, _), turns in found.items()]
    return sorted(made, key=lambda cost: (cost.group, not cost.reference, cost.seconds.value))


def _cost(turns: dict[int, CallTiming], reference: dict[int, CallTiming]) -> Cost:
    one = next(iter(turns.values()))
    both = [
        (turns[turn].seconds, reference[turn].seconds)
        for turn in sorted(turns)
        if turn in reference and not one.reference
    ]
    cost = Cost(
        group=one.group,
        call=one.call,
        seconds=estimate([turns[turn].seconds for turn in sorted(turns)]),
        ratio=estimate_of(mine / its for mine, its in both),
        difference=estimate_of((mine - its for mine, its in both), positive=False),
        reference=one.reference,
        goal=one.goal,
    )
    if cost.goal is None:
        return cost
    return replace(cost, goal_state=goal_state(cost.measured(), at_most=cost.goal.at_most))
