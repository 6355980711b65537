"""Charts of made-up runs, and what they hold."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from clusterbench.report.figures.charts import charts
from support import summaries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.trial import Cell
    from clusterbench.model.within_trial import CellWithin
    from clusterbench.report.figures.chart import Chart


_DRAWN: dict[str, Sequence[Chart]] = {}


def drawn(
    record: RunRecord,
    summary: Summary,
    within: Mapping[Cell, CellWithin] = MappingProxyType({}),
) -> Sequence[Chart]:
    """The charts of a run: drawn once, since plotly takes a while, and only looked at."""
    key = f"{record} {summary} {within}"
    if key not in _DRAWN:
        _DRAWN[key] = charts(record, summary, within)
    return _DRAWN[key]


def draw(record: RunRecord, summary: Summary | None = None) -> dict[str, Chart]:
    """The charts of a run by name; by default with the summary that a run of its kind has."""
    return {c.name: c for c in drawn(record, summary or summaries.summary(record))}


def lines(chart: Chart) -> list[Any]:
    """The traces that are lines with marks."""
    return [t for t in _scatters(chart) if t.mode == "lines+markers" and t.text]


def marks(chart: Chart) -> list[Any]:
    """The traces that are marks alone."""
    return [t for t in _scatters(chart) if t.mode == "markers" and t.text]


def texts(chart: Chart) -> list[str]:
    """What stands beside marks and bars."""
    return [text for t in _scatters(chart) if t.mode == "text" for text in t.text]


def _scatters(chart: Chart) -> list[Any]:
    return [trace for trace in chart.figure.data if trace.type == "scatter"]


def said(chart: Chart) -> list[str]:
    """What is written into the figure."""
    return [a.text for a in chart.figure.layout.annotations]


def cells_of(summary: Summary, contender: str, scenario: str) -> list[CellSummary]:
    """The cells of one contender in one scenario."""
    return [c for c in summary.cells if (c.contender, c.scenario) == (contender, scenario)]
