"""Each contender's capacity over the rounds of a run, and over that of the best on Python. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from clusterbench.measure.comparison import bound_of, paired
from clusterbench.measure.estimates import estimate_of, scaled
from clusterbench.model.capacity import CapacitySummary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from clusterbench.measure.trials_by_cell import CellTrials
    from clusterbench.model.capacity import FoundCapacity
    from clusterbench.model.objective import Objective
    from clusterbench.model.records import RunRecord
    from clusterbench.model.trial import Cell


@dataclass(frozen=True, slots=True)
class _Searched:
    """A cell's capacity, and the rate that was found in each round (requests/s)."""

    summary: CapacitySummary
    rounds: Mapping[int, float]


def capacities(
    run: RunRecord,
    trials: Mapping[Cell, CellTrials],
    python: Collection[str] = (),
    objectives: Mapping[Cell, Objective] = MappingProxyType({}),
) -> tuple[CapacitySummary, ...]:
    """Return the capacity of each cell whose trials searched for one, in the cells' order.

    `python` are the contenders that run on Python. The others are compared with the best of them.
    `objectives` are those of the cells that search: one whose every trial failed has no capacity.
    """
    found: dict[Cell, _Searched] = {}
    for cell, each in trials.items():
        rounds = {t.record.round: t.record.capacity for t in each.measured if t.record.capacity}
        objective = next((one.objective for one in rounds.values()), objectives.get(cell))
        if objective is not None and (rounds or each.failures):
            summary = _capacity(run, cell, objective, tuple(rounds.values()), each)
            found[cell] = _Searched(summary, {n: found.rate for n, found in rounds.items()})
    models = {name for name, each in run.experiment.contenders.items() if not each.noop}
    best = {
        (cell.scenario, cell.level): _best(
            each
            for at, each in found.items()
            if (at.scenario, at.level) == (cell.scenario, cell.level)
            and at.contender in models.intersection(python)
        )
        for cell in found
    }
    return tuple(_over(each, best[cell.scenario, cell.level]) for cell, each in found.items())


def _best(among: Iterable[_Searched]) -> _Searched | None:
    """Return what has the highest capacity above 0."""
    known = [(each.summary.capacity.value, each) for each in among if each.summary.capacity]
    value, best = max(known, key=lambda pair: pair[0], default=(0.0, None))
    return best if value > 0 else None


def _over(each: _Searched, best: _Searched | None) -> CapacitySummary:
    """Return a capacity with its ratio to the best on Python, unless it is that one."""
    if best is None or best is each:
        return each.summary
    return replace(
        each.summary,
        than=best.summary.contender,
        ratio=paired(each.rounds, best.rounds),
        bound=bound_of(each.summary.lower_bound, best.summary.lower_bound),
    )


def _capacity(
    run: RunRecord,
    cell: Cell,
    objective: Objective,
    found: Sequence[FoundCapacity],
    trials: CellTrials,
) -> CapacitySummary:
    contender = run.experiment.contenders[cell.contender]
    cores = contender.capacity(run.plan)
    capacity = estimate_of(each.rate for each in found)
    return CapacitySummary(
        contender=cell.contender,
        scenario=cell.scenario,
        objective=objective,
        trials=len(found),
        cores=cores,
        workers=contender.workers,
        capacity=capacity,
        per_core=None if capacity is None else scaled(capacity, 1 / cores),
        lower_bound=any(each.lower_bound for each in found),
        unmet=sum(not each.rate for each in found),
        reasons=tuple(dict.fromkeys(each.why for each in found if each.why)),
        failures=trials.failures,
        **trials.interference(run.experiment.interference),
    )
