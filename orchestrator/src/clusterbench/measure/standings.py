"""How a kept contender stands against its alternatives, and whether its goals are reached. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.measure.comparison import compare
from clusterbench.measure.trials_by_cell import trials_by_cell
from clusterbench.model.cell_summary import Comparison
from clusterbench.model.experiment import Alternative, Cell, Limit
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.cell_summary import CellSummary, Figures
    from clusterbench.model.experiment import Contender, Experiment
    from clusterbench.model.records import TrialRecord
    from clusterbench.model.summary import Summary


class GoalState(StrEnum):
    """What became of a goal: `undecided` where the ratio's interval holds it, or is missing."""

    REACHED = "reached"
    MISSED = "missed"
    UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One contender in a comparison, in one scenario and level.

    Estimates are None where nothing was measured. `alternative` is None for a kept contender;
    `ratio` is then None too, and else how many times the alternative's throughput the kept
    one's is, paired by round. `beyond` is by how much of the goal the ratio exceeds it (0.02 is
    2% more, below 0 less); it and `goal_state` are None without a goal.
    """

    contender: str
    title: str
    scenario: str
    level: int
    throughput: Estimate | None
    lower_bound: bool
    cpu_per_request: Estimate | None
    limit: Limit | None
    errors: Mapping[str, int]
    alternative: Alternative | None = None
    ratio: Comparison | None = None
    goal_state: GoalState | None = None
    beyond: float | None = None
    failures: tuple[str, ...] = ()


def compared(experiment: Experiment) -> Sequence[Contender]:
    """Return the alternatives whose kept contender takes part too."""
    there = experiment.contenders
    return [c for c in there.values() if c.alternative and c.alternative.of in there]


def standings(
    experiment: Experiment,
    summary: Summary,
    trials: Sequence[TrialRecord],
    figures: Mapping[str, Figures],
) -> tuple[Standing, ...]:
    """Set each alternative beside what it stands against, kept contenders first.

    `figures` are those of each successful trial by its id.
    """
    by_cell = trials_by_cell(experiment, trials, figures)
    against = {c.name: c.alternative for c in compared(experiment) if c.alternative}
    kept = {alternative.of for alternative in against.values()}
    cells = {Cell(contender=c.contender, scenario=c.scenario, level=c.level): c
             for c in summary.cells}  # fmt: skip
    found = []
    for place, cell in sorted(cells.items(), key=lambda item: item[0].contender in against):
        contender = experiment.contenders[place.contender]
        if alternative := against.get(place.contender):
            of = replace(place, contender=alternative.of)
            other = cells.get(of)
            ratio = None
            if other is not None:
                rounds = by_cell[of].throughputs(), by_cell[place].throughputs()
                ratio = compare(other, cell, *rounds)
            found.append(_alternative(contender, cell, alternative, ratio))
        elif place.contender in kept:
            found.append(_standing(contender, cell))
    return tuple(found)


def goal_state(goal: float, ratio: Comparison | None) -> GoalState:
    """Judge a goal by the ratio's whole interval, and by what the ratio bounds."""
    if ratio is None or ratio.ratio.low is None or ratio.ratio.high is None:
        return GoalState.UNDECIDED
    if ratio.ratio.low >= goal and ratio.bound in {"", ">="}:
        return GoalState.REACHED
    if ratio.ratio.high < goal and ratio.bound in {"", "<="}:
        return GoalState.MISSED
    return GoalState.UNDECIDED


def _alternative(
    contender: Contender, cell: CellSummary, what: Alternative, ratio: Comparison | None
) -> Standing:
    found = replace(_standing(contender, cell), alternative=what, ratio=ratio)
    if what.goal is None:
        return found
    return replace(
        found,
        goal_state=goal_state(what.goal, ratio),
        beyond=ratio.ratio.value / what.goal - 1 if ratio else None,
    )


def _standing(contender: Contender, cell: CellSummary) -> Standing:
    return Standing(
        contender=contender.name,
        title=contender.title,
        scenario=cell.scenario,
        level=cell.level,
        throughput=cell.throughput,
        lower_bound=cell.lower_bound,
        cpu_per_request=cell.cpu_per_request,
        limit=cell.limit,
        errors=cell.errors,
        failures=cell.failures,
    )
