"""Which level of each sweep is shown in detail, and why. Pure.

Every cell has samples, and a page has no room for each. Of a sweep the level is shown that is
nearest to the run's answer, for all of its contenders; and the levels of what is worst in a run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.measure.cost import in_question
from clusterbench.measure.drift import extent
from clusterbench.model import numbers as fmt
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.experiment import Loop, Scenario
from clusterbench.report.sections import sections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.objective import Objective
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.trial import Cell

#: The id of the chapter, and of its charts.
WITHIN = "within"
RULE = (
    "Of each sweep the level is shown that is nearest to the answer. A search for capacities: the "
    "objective nearest to the question's. An open loop: the level at which latency is nearest to "
    "that objective's limit. A closed loop: the level at which servers are nearest to the most "
    "that they did. Also shown, where there are any, are the levels with the largest drift, the "
    "longest pause and the most interference of the run"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLevel:
    """A level that is shown in detail, with the cells that were measured there, and why it is."""

    scenario: Scenario
    level: int
    why: str
    cells: tuple[CellSummary, ...]

    @property
    def words(self) -> str:
        """Return the level as a sentence has it."""
        return kind_of(self.scenario).at(self.level)


def shown_cells(run: RunRecord, summary: Summary) -> frozenset[Cell]:
    """Return the cells that are shown in detail."""
    return frozenset(each.cell for shown in shown_levels(run, summary) for each in shown.cells)


def shown_levels(run: RunRecord, summary: Summary) -> tuple[ShownLevel, ...]:
    """Return the levels that are shown in detail, in the order of the report's sections.

    What is measured by the published method is not among them, nor a load that no sweep's plots
    show: their windows are of another kind.
    """
    objective = _objective(run, summary)
    scenarios: dict[str, Scenario] = {}
    for section in sections(run.experiment, summary):
        # A scenario may stand beside several sweeps, with a part of its contenders each.
        for each in section.shown:
            scenarios.setdefault(each.name, run.experiment.scenarios[each.name])
    return tuple(
        shown for each in scenarios.values() for shown in _of_scenario(each, summary, objective)
    )


def _of_scenario(
    scenario: Scenario, summary: Summary, objective: Objective | None
) -> Iterator[ShownLevel]:
    kind, cells = kind_of(scenario), _measured(summary, scenario)
    if not (kind.reference and kind.plots and cells):
        return
    level, why = _nearest(scenario, cells, objective)
    reasons = {level: [why]}
    for worst, because in _worst(summary):
        if worst.scenario == scenario.name:
            reasons.setdefault(worst.level, []).append(because)
    for level, why_here in reasons.items():
        at = tuple(each for each in cells if each.level == level)
        yield ShownLevel(scenario=scenario, level=level, why="; ".join(why_here), cells=at)


def _objective(run: RunRecord, summary: Summary) -> Objective | None:
    """Return the objective of the run's answer, or that of its question."""
    answered, asked = in_question(run, summary), run.experiment.question
    return answered.objective if answered else asked.objective if asked else None


def _measured(summary: Summary, scenario: Scenario) -> list[CellSummary]:
    return [c for c in summary.cells if c.scenario == scenario.name and c.throughput is not None]


def _nearest(
    scenario: Scenario, cells: Sequence[CellSummary], objective: Objective | None
) -> tuple[int, str]:
    """Return the level of a sweep that is nearest to the answer, and why it is shown."""
    levels = sorted({cell.level for cell in cells})
    kind = kind_of(scenario)
    if len(levels) == 1:
        return levels[0], "the only level that was measured"
    if scenario.loop is Loop.CLOSED:
        return (
            max(levels, key=lambda level: _fullness(cells, level)),
            "where servers are nearest to the most that they did",
        )
    if objective is None:
        return levels[len(levels) // 2], "the middle level"
    limit = objective.limit
    if kind.objective(levels[0]) is not None:

        def apart(level: int) -> float:
            own = kind.objective(level)
            return abs(math.log(own.limit / limit)) if own else math.inf

        return min(levels, key=apart), f"the objective nearest to {objective}"

    def off(level: int) -> float:
        at = [cell.latency.get(objective.percentile) for cell in cells if cell.level == level]
        known = [abs(math.log(each.value / limit)) for each in at if each and each.value > 0]
        return sum(known) / len(known) if known else math.inf

    return min(levels, key=off), f"where latency is nearest to {objective}"


def _fullness(cells: Sequence[CellSummary], level: int) -> float:
    """Return how much of the most that it did each contender does at a level, on average."""
    most: dict[str, float] = {}
    for cell in cells:
        value = cell.throughput.value if cell.throughput else 0.0
        most[cell.contender] = max(value, most.get(cell.contender, 0.0))
    shares = [
        cell.throughput.value / most[cell.contender]
        for cell in cells
        if cell.level == level and cell.throughput and most[cell.contender] > 0
    ]
    # A level at which a contender has no figure lacks its share.
    return sum(shares) / len(most)


def _worst(summary: Summary) -> Iterator[tuple[CellSummary, str]]:
    """Yield the cells with the largest drift, the longest pause and the most interference."""
    if drifting := [cell for cell in summary.cells if cell.drifting and cell.drift]:
        worst = max(drifting, key=lambda cell: extent(cell.drift or 0.0))
        yield worst, f"the largest drift of the run, {worst.drift:+.0%} with {worst.contender}"
    if paused := [cell for cell in summary.cells if cell.paused and cell.pause]:
        worst = max(paused, key=lambda cell: cell.pause or 0.0)
        lasted = fmt.seconds(worst.pause)
        yield worst, f"the longest pause of the run, {lasted} with {worst.contender}"
    if disturbed := [cell for cell in summary.cells if cell.disturbed]:
        worst = max(disturbed, key=lambda cell: cell.interference or 0.0)
        most = fmt.percent(worst.interference)
        yield worst, f"the most interference of the run, {most} with {worst.contender}"
