"""How a kept contender stands against its alternatives, and whether its goals are reached. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.measure.comparison import compare
from clusterbench.model.cell_summary import Comparison
from clusterbench.model.experiment import Alternative, Limit
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    2% more, below 0 less); it and `verdict` are None without a goal.
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
    verdict: GoalState | None = None
    beyond: float | None = None
    failures: tuple[str, ...] = ()


def compared(experiment: Experiment) -> Sequence[Contender]:
    """Return the alternatives whose kept contender takes part too."""
    there = experiment.contenders
    return [c for c in there.values() if c.alternative and c.alternative.of in there]


def standings(
    experiment: Experiment,
    summary: Summary,
    trials: Iterable[TrialRecord],
    figures: Mapping[str, Figures],
) -> tuple[Standing, ...]:
    """Set each alternative beside what it stands against, kept contenders first.

    `figures` are those of each successful trial by its id.
    """
    rounds: dict[tuple[str, str, int], dict[int, float]] = {}
    for trial in trials:
        if trial.id in figures:
            place = (trial.contender, trial.scenario, trial.level)
            rounds.setdefault(place, {})[trial.round] = figures[trial.id].throughput
    alternatives = {contender.name for contender in compared(experiment)}
    kept = {experiment.contenders[name].alternative.of for name in alternatives}  # type: ignore[union-attr]
    cells = {(c.contender, c.scenario, c.level): c for c in summary.cells}
    found = []
    for cell in sorted(cells.values(), key=lambda cell: cell.contender in alternatives):
        contender = experiment.contenders[cell.contender]
        if contender.name in alternatives and contender.alternative:
            key = (contender.alternative.of, cell.scenario, cell.level)
            mine = rounds.get((cell.contender, cell.scenario, cell.level), {})
            other = cells.get(key)
            ratio = compare(other, cell, rounds.get(key, {}), mine) if other else None
            found.append(_alternative(contender, cell, contender.alternative, ratio))
        elif contender.name in kept:
            found.append(_standing(contender, cell))
    return tuple(found)


def verdict(goal: float, ratio: Comparison | None) -> GoalState:
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
    if what.goal is None:
        return _standing(contender, cell, alternative=what, ratio=ratio)
    return _standing(
        contender,
        cell,
        alternative=what,
        ratio=ratio,
        verdict=verdict(what.goal, ratio),
        beyond=ratio.ratio.value / what.goal - 1 if ratio else None,
    )


def _standing(
    contender: Contender,
    cell: CellSummary,
    *,
    alternative: Alternative | None = None,
    ratio: Comparison | None = None,
    verdict: GoalState | None = None,
    beyond: float | None = None,
) -> Standing:
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
        alternative=alternative,
        ratio=ratio,
        verdict=verdict,
        beyond=beyond,
        failures=cell.failures,
    )
