"""Charts of made-up runs, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench.report.figures.charts import charts
from support import summaries

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.chart import Chart


def draw(record: RunRecord, summary: Summary | None = None) -> dict[str, Chart]:
    return {
        c.name: c for c in charts(record, summaries.summary(record) if summary is None else summary)
    }


def lines(chart: Chart) -> list[Any]:
    return [t for t in chart.figure.data if t.mode == "lines+markers" and t.text]


def marks(chart: Chart) -> list[Any]:
    return [t for t in chart.figure.data if t.mode == "markers" and t.text]


def said(chart: Chart) -> list[str]:
    return [a.text for a in chart.figure.layout.annotations]


def cells_of(summary: Summary, contender: str, scenario: str) -> list[CellSummary]:
    return [c for c in summary.cells if (c.contender, c.scenario) == (contender, scenario)]
