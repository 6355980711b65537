"""The table of two runs: a row for each figure that both have. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.comparison_words import change, unit
from clusterbench.report.tables.table import Value, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.interval import Estimate
    from clusterbench.model.runs_compared import FigureChange
    from clusterbench.report.tables.table import Columns, Table

#: Titles that leave no room for figures.
_SHORT: Mapping[str, str] = {"cpu": "CPU/request", "p50": "p50", "p99": "p99"}


def changes(shown: Sequence[FigureChange]) -> Table:
    """Return each figure of both runs, the change with its interval, the verdict."""
    columns: Columns[FigureChange] = {
        "contender": _whose,
        "metric": lambda each: f"{_SHORT.get(each.metric, each.title)}\n({unit(each.unit)})",
        "first": lambda each: _figure(each.first),
        "second": lambda each: _figure(each.second),
        "change": _change,
        "verdict": lambda each: each.verdict.value,
    }
    return table("What changed", columns, shown, names=2)


def _whose(each: FigureChange) -> str:
    load = "" if each.scenario is None else f"\n{each.scenario} {each.level:,}"
    return f"{each.contender}{load}"


def _figure(estimate: Estimate | None) -> str:
    return fmt.NOTHING if estimate is None else fmt.number(estimate.value)


def _change(each: FigureChange) -> Value:
    text, _, interval = change(each.ratio).partition(" (")
    return Value(text, f"({interval}" if " to " in interval else "")
