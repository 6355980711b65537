"""The first table of a page: what each contender does when full, and what that costs. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clusterbench.report import numbers as fmt
from clusterbench.report.sections import level_name, saturating_shape
from clusterbench.report.tables.cells import Table, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.interval import Estimate
    from clusterbench.model.summary import Summary
    from clusterbench.report.sections import Section

NOTE = (
    "Answers/s where the server was saturated (by h2load, where the run has that; else the level with "
    "the most). Cores are the server's CPU time for 10,000 responses per second at that load."
)
_TEN_THOUSAND = 1e4
_MEBI = 1024.0**2


def table(found: Sequence[Section], summary: Summary) -> Table:
    """Return a row for each contender of each section."""
    memory = {c.name: c.peak_memory for c in summary.contenders}
    rows = tuple(
        _row(section, contender, memory.get(contender))
        for section in found
        for contender in section.contenders
    )
    columns = (
        "contender",
        "method",
        "responses/s",
        "loaded by",
        "CPU/request (µs)",
        "cores for 10,000/s",
        "peak memory (MiB)",
    )
    return Table(title="At a glance", columns=columns, rows=rows, names=2)


def _row(section: Section, contender: str, memory: Estimate | None) -> tuple[Value, ...]:
    head = (Value(contender), Value(section.scenario.method))
    cell, how = _fullest(section, contender)
    if cell is None:
        return (*head, *(Value(fmt.NOTHING) for _ in range(4)), _estimate(memory, 1 / _MEBI))
    bound = ">= " if cell.lower_bound else ""
    return (
        *head,
        Value(bound + fmt.point(cell.throughput), fmt.interval(cell.throughput)),
        Value(how),
        _estimate(cell.cpu_per_request, 1e6),
        _estimate(cell.cpu_per_request, _TEN_THOUSAND),
        _estimate(memory, 1 / _MEBI),
    )


def _fullest(section: Section, contender: str) -> tuple[CellSummary | None, str]:
    for scenario in section.beside:
        for cell in section.of(scenario, contender):
            if cell.throughput is not None:
                return cell, f"{scenario.generator} {saturating_shape(scenario)}"
    scenario = section.scenario
    measured = [
        (cell.throughput.value, cell)
        for cell in section.of(scenario, contender)
        if cell.throughput is not None and math.isfinite(cell.throughput.value)
    ]
    if not measured:
        return None, ""
    cell = max(measured, key=lambda pair: pair[0])[1]
    return cell, f"{scenario.generator}, {level_name(scenario)} {cell.level:,}"


def _estimate(estimate: Estimate | None, scale: float) -> Value:
    return Value(fmt.point(estimate, scale), fmt.interval(estimate, scale))
