"""The first table of a page: what each contender does when saturated, and what that costs. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.sections import level_name, saturating_shape
from clusterbench.report.tables.cell_tables import throughput
from clusterbench.report.tables.table import Table, Value, estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.interval import Estimate
    from clusterbench.model.summary import Summary
    from clusterbench.report.sections import Section

NOTE = (
    "Responses per second of a saturated server: under the load that saturates servers, where the "
    "run has one, else at the level with the most. Cores: the server's CPU time for 10,000 "
    "responses per second at that load."
)
_TEN_THOUSAND = 1e4
_COLUMNS = (
    "contender",
    "method",
    "responses/s",
    "loaded by",
    "CPU/request (µs)",
    "cores for 10,000/s",
    "peak memory (MiB)",
)


def glance(found: Sequence[Section], summary: Summary) -> Table:
    """Return a row for each contender of each section that the reference method measured."""
    memory = {c.name: c.peak_memory for c in summary.contenders}
    rows = tuple(
        _row(section, contender, memory.get(contender))
        for section in found
        if section.scenario.reference and section.kind.steady
        for contender in section.contenders
    )
    return Table(title="At a glance", columns=_COLUMNS, rows=rows, names=2)


def _row(section: Section, contender: str, memory: Estimate | None) -> tuple[Value, ...]:
    cell, load = _fullest(section, contender)
    return (
        Value(contender),
        Value(section.scenario.method),
        throughput(cell) if cell else Value(fmt.NOTHING),
        Value(load),
        estimate(cell.cpu_per_request if cell else None, 1e6),
        estimate(cell.cpu_per_request if cell else None, _TEN_THOUSAND),
        estimate(memory, 1 / fmt.MEBI),
    )


def _fullest(section: Section, contender: str) -> tuple[CellSummary | None, str]:
    """Return the cell that saturated the server, and how it was loaded."""
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
        return None, fmt.NOTHING
    cell = max(measured, key=lambda pair: pair[0])[1]
    return cell, f"{scenario.generator}, {level_name(scenario)} {cell.level:,}"
