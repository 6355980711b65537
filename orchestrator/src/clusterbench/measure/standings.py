"""How a kept contender stands against its alternatives, and whether its goals are reached. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.measure.comparison import compare
from clusterbench.measure.goals import GoalState, goal_state
from clusterbench.measure.trials_by_cell import trials_by_cell
from clusterbench.model.cell_summary import CellSummary, Comparison
from clusterbench.model.contender import Alternative
from clusterbench.model.interval import Estimate
from clusterbench.model.trial import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.contender import Contender
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.records import TrialRecord
    from clusterbench.model.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One contender in a comparison, in one scenario and level.

    Estimates are None where nothing was measured. `alternative` is None for a kept contender;
    `ratio` is then None too, and else how many times the alternative's throughput the kept
    one's is, paired by round. `beyond` is by how much of the goal the ratio exceeds it (0.02 is
    2% more, below 0 less); it and `goal_state` are None without a goal.
    `cell` is all that is known of it.
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
    cell: CellSummary | None = None


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
    cells = {cell.cell: cell for cell in summary.cells}
    found = []
    for place, cell in sorted(cells.items(), key=lambda item: item[0].contender in against):
        standing = _standing(experiment.contenders[place.contender], cell)
        if alternative := against.get(place.contender):
            of = replace(place, contender=alternative.of)
            ratio = None
            if other := cells.get(of):
                ratio = compare(
                    other, cell, by_cell[of].throughputs(), by_cell[place].throughputs()
                )
            found.append(_alternative(standing, alternative, ratio))
        elif place.contender in kept:
            found.append(standing)
    return tuple(found)


def _alternative(standing: Standing, what: Alternative, ratio: Comparison | None) -> Standing:
    found = replace(standing, alternative=what, ratio=ratio)
    if what.goal is None:
        return found
    if ratio is None:
        return replace(found, goal_state=GoalState.UNDECIDED)
    return replace(
        found,
        goal_state=goal_state(ratio.ratio, at_least=what.goal, bound=ratio.bound),
        beyond=ratio.ratio.value / what.goal - 1,
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
        cell=cell,
    )
