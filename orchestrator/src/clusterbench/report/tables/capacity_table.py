"""The capacities of a section's servers as a table, and what a reader of it must know. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.interference_words import mark
from clusterbench.report.tables.table import Value, estimate, ratio, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.capacity import CapacitySummary
    from clusterbench.report.sections import Section
    from clusterbench.report.tables.table import Columns, Table

NEVER = "held at no rate tried"
_BEST = "the best on Python"


def capacities(section: Section) -> Table:
    """Return the capacity of each server within each objective, the strictest objective first."""
    columns: Columns[CapacitySummary] = {
        "objective": lambda each: str(each.objective),
        "contender": lambda each: each.contender,
        "capacity (requests/s)": lambda each: (
            Value(NEVER)
            if each.never_met
            else estimate(each.capacity, lower_bound=each.lower_bound)
        ),
        "per core (requests/s)": lambda each: (
            Value(fmt.NOTHING)
            if each.never_met
            else estimate(each.per_core, lower_bound=each.lower_bound)
        ),
        **_over_python(section),
        "cores": lambda each: f"{each.cores:,}",
        **_workers(section),
    }
    rows = sorted(
        section.capacities, key=lambda each: (each.objective.percentile, each.objective.limit)
    )
    return table("Capacity within each objective", columns, rows, names=2)


def notes(section: Section) -> tuple[str, ...]:
    """Return why some capacities are lower bounds, and which objectives were not met."""
    return tuple(_notes(section))


def _notes(section: Section) -> Iterator[str]:
    if any(each.ratio for each in section.capacities):
        yield (
            f"Ratios are over {_BEST} at the same objective, paired by round. That a server runs "
            "on Python is its own word."
        )
    for each in section.capacities:
        if about := _about(each):
            yield f"{each.contender} at {each.objective}: {about}."


def _about(each: CapacitySummary) -> str:
    """Return what is to be known of one capacity: its bound, misses, why, marks and failures."""
    found = []
    if each.never_met:
        found.append(NEVER)
    elif each.unmet:
        found.append(f"in {each.unmet} of {each.trials} rounds {NEVER}, which counts as 0")
    if each.lower_bound:
        found.append("a lower bound")
    if found and each.reasons:
        found[-1] += f" ({'; '.join(each.reasons)})"
    if disturbed := mark(each):
        found.append(disturbed)
    if each.failures:
        failed = len(each.failures)
        found.append(f"{failed} of {failed + each.trials} rounds failed")
    return "; ".join(found)


def _over_python(section: Section) -> Columns[CapacitySummary]:
    """Return the column of ratios, where a server on Python is among those measured."""
    best = {(each.objective, each.than) for each in section.capacities if each.than}
    if not best:
        return {}

    def over(each: CapacitySummary) -> Value:
        if (each.objective, each.contender) in best:
            return Value(_BEST)
        return ratio(each.ratio, each.bound)

    return {f"over {_BEST}": over}


def _workers(section: Section) -> Columns[CapacitySummary]:
    """Return the column of workers, where a contender has several."""
    if all(each.workers == 1 for each in section.capacities):
        return {}
    return {"workers": lambda each: f"{each.workers:,}"}
