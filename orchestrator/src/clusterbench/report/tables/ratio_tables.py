"""Comparisons of contenders as tables, a table for each kind of pair. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.cell_summary import Pairing
from clusterbench.report.tables.cell_tables import level
from clusterbench.report.tables.table import Table, Value, ratio, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clusterbench.model.cell_summary import Comparison
    from clusterbench.model.summary import Summary
    from clusterbench.report.sections import Section

TITLES: Mapping[Pairing, str] = {
    Pairing.ONE_PROCESS: "Ratios of throughput",
    Pairing.SINCE_2019: "Gain of each server since 2019, as ratios of throughput",
    Pairing.OF_2019: "Ratios of throughput of the servers of 2019",
    Pairing.GAIN: "Throughput with one worker per core over that with one process",
    Pairing.PER_CORE: "Ratios of throughput, one worker per core",
}


def ratios(section: Section, summary: Summary) -> tuple[Table, ...]:
    """Return a section's comparisons, a table for each kind of pair that there are any of."""
    tables = (_ratios(section, summary, pairing) for pairing in Pairing)
    return tuple(each for each in tables if each.rows)


def _ratios(section: Section, summary: Summary, pairing: Pairing) -> Table:
    """Return a row for each level and a column for each pair."""
    contenders = {scenario.name: set(scenario.contenders) for scenario in section.shown}
    found = {
        ((c.scenario, c.level), (c.numerator, c.denominator)): c
        for c in summary.comparisons
        if c.pairing is pairing
        and {c.numerator, c.denominator} <= contenders.get(c.scenario, set())
    }
    measured = {place for place, _ in found}
    places = [
        (scenario.name, each)
        for scenario in section.shown
        for each in scenario.sweep
        if (scenario.name, each) in measured
    ]
    columns: dict[str, Callable[[tuple[str, int]], Value | str]] = {
        "level": lambda place: level(section, *place)
    }
    for top, bottom in dict.fromkeys(pair for _, pair in found):
        columns[f"{top} / {bottom}"] = lambda place, pair=(top, bottom): _ratio(  # type: ignore[misc]
            found.get((place, pair))
        )
    return table(f"{TITLES[pairing]}, paired by round", columns, places, names=1)


def _ratio(comparison: Comparison | None) -> Value:
    if comparison is None:
        return Value(fmt.NOTHING)
    made = ratio(comparison.ratio, comparison.bound)
    if comparison.per_worker is None:
        return made
    per_worker = f"{fmt.ratio(comparison.per_worker)} per worker"
    return Value(made.text, "; ".join(part for part in (made.interval, per_worker) if part))
