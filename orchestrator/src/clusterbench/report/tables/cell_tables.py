"""A section's cells as tables: all that is known of each, and what fits a terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.sections import saturating_shape
from clusterbench.report.tables.table import Table, Value, estimate, share, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.report.sections import Section

_PERCENTILES = ("p50", "p90", "p95", "p99", "p99.9", "max")


def cells(section: Section) -> Table:
    """Return every cell of a section, contender by contender."""
    columns: dict[str, Callable[[CellSummary], Value | str]] = {
        "contender": lambda c: c.contender,
        "scenario": lambda c: c.scenario,
        "level": lambda c: f"{c.level:,}",
        section.kind.throughput_unit: throughput,
        **{f"{name} (ms)": _latency(name) for name in _PERCENTILES},
        "error rate": lambda c: share(c.error_rate),
        "errors by status": lambda c: fmt.counts(c.errors) if c.throughput else fmt.NOTHING,
        "server CPU": lambda c: share(c.server_share),
        "generator CPU": lambda c: share(c.generator_share),
        "CPU/request (µs)": lambda c: estimate(c.cpu_per_request, 1e6),
        "limit": lambda c: c.limit or fmt.NOTHING,
        "notes": lambda c: "; ".join(_notes(c)),
    }
    return table("Every cell", columns, section.all(), names=2)


def brief(section: Section) -> Table:
    """Return what fits a terminal or an issue: throughput, two percentiles, errors, both sides."""
    columns: dict[str, Callable[[CellSummary], Value | str]] = {
        "contender": lambda c: c.contender,
        "level": lambda c: level(section, c.scenario, c.level),
        section.kind.throughput_unit: throughput,
        "p50 (ms)": _latency("p50"),
        "p99 (ms)": _latency("p99"),
        "errors": lambda c: share(c.error_rate),
        "CPU server/generator": _sides,
        "notes": lambda c: "; ".join(_notes(c)),
    }
    return table(section.scenario.name, columns, section.all(), names=1)


def level(section: Section, scenario: str, level: int) -> str:
    """Write a level; of a scenario beside the sweep, its generator and shape."""
    beside = next((each for each in section.beside if each.name == scenario), None)
    return f"{beside.generator} {saturating_shape(beside)}" if beside else f"{level:,}"


def throughput(cell: CellSummary) -> Value:
    """Return a cell's throughput, with `>=` where it was client-bound."""
    return estimate(cell.throughput, lower_bound=cell.lower_bound)


def _notes(cell: CellSummary) -> list[str]:
    """Return what a reader of one cell must know."""
    notes = []
    if cell.held_back is not None:
        notes.append(f"at most {cell.held_back:,} in flight: the server bounds its streams")
    if cell.truncated:
        notes.append("percentiles of the first requests only")
    if cell.failures:
        failed = len(cell.failures)
        notes.append(f"{failed} of {failed + cell.trials} rounds failed")
    return notes


def _latency(name: str) -> Callable[[CellSummary], Value]:
    return lambda cell: estimate(cell.latency.get(name), 1e3)


def _sides(cell: CellSummary) -> str:
    shares = (cell.server_share, cell.generator_share)
    return " / ".join(fmt.percent(each.value) if each else fmt.NOTHING for each in shares)
