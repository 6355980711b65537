"""The table of a comparison: a row for each metric. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.comparison_words import change, unit
from clusterbench.report.tables.table import Value, table

if TYPE_CHECKING:
    from clusterbench.model.compared import MetricResult
    from clusterbench.report.measured_comparison import MeasuredComparison
    from clusterbench.report.tables.table import Columns, Table

NOTE = "In brackets: what decides nothing."


def metrics(shown: MeasuredComparison) -> Table:
    """Return each metric: both figures, the change with its interval, the verdict."""
    columns: Columns[MetricResult] = {
        "metric": _name,
        "baseline": lambda each: fmt.number(each.baseline),
        "candidate": lambda each: fmt.number(each.candidate),
        "change": _change,
        "verdict": _verdict,
    }
    return table("Metrics", columns, shown.found.metrics, names=1)


def _name(result: MetricResult) -> Value:
    name = result.title if result.decides else f"[{result.title}]"
    return Value(f"{name}\n({unit(result.unit)})")


def _change(result: MetricResult) -> Value:
    text, _, interval = change(result.ratio).partition(" (")
    return Value(text, f"({interval}" if "to" in interval else "")


def _verdict(result: MetricResult) -> Value:
    return Value(f"{result.verdict.value}: fails" if result.fails else result.verdict.value)
