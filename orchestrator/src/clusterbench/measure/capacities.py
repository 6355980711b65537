"""Each contender's capacity over the rounds of a run. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate_of, scaled
from clusterbench.model.capacity import CapacitySummary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.measure.trials_by_cell import CellTrials
    from clusterbench.model.capacity import FoundCapacity
    from clusterbench.model.records import RunRecord
    from clusterbench.model.trial import Cell


def capacities(run: RunRecord, trials: Mapping[Cell, CellTrials]) -> tuple[CapacitySummary, ...]:
    """Return the capacity of each cell whose trials searched for one, in the cells' order."""
    found = []
    for cell, each in trials.items():
        searched = [t.record.capacity for t in each.measured if t.record.capacity is not None]
        if searched:
            found.append(_capacity(run, cell, searched, each.failures))
    return tuple(found)


def _capacity(
    run: RunRecord, cell: Cell, found: list[FoundCapacity], failures: tuple[str, ...]
) -> CapacitySummary:
    contender = run.experiment.contenders[cell.contender]
    cores = contender.capacity(run.plan)
    capacity = estimate_of(each.rate for each in found)
    return CapacitySummary(
        contender=cell.contender,
        scenario=cell.scenario,
        objective=found[0].objective,
        trials=len(found),
        cores=cores,
        workers=contender.workers,
        capacity=capacity,
        per_core=None if capacity is None else scaled(capacity, 1 / cores),
        lower_bound=any(each.lower_bound for each in found),
        unmet=sum(not each.rate for each in found),
        reasons=tuple(dict.fromkeys(each.why for each in found if each.why)),
        failures=failures,
    )
