"""The tables of a history: a row for each run, a column for each pair of contenders. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.tables.table import Table, Value, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.history import HistoryPoint, HistorySeries

_COMMIT = 9
MARK = "*"


def pair(series: HistorySeries) -> str:
    """Name what a series compares."""
    return f"{series.numerator} / {series.denominator}"


def over_time(shown: Sequence[HistorySeries], title: str) -> Table:
    """Return the runs of series of one host and load, in the order of time."""
    points = [{point.run: point for point in each.points} for each in shown]
    changes = [{change.run for change in each.changes} for each in shown]
    runs = sorted(
        {run: point for each in points for run, point in each.items()}.values(),
        key=lambda point: point.created,
    )
    rows = tuple(
        (
            Value(when(run.created)),
            Value(short(run.commit)),
            *(
                _value(of.get(run.run), changed=run.run in those)
                for of, those in zip(points, changes, strict=True)
            ),
        )
        for run in runs
    )
    columns = ("run began (UTC)", "commit", *map(pair, shown))
    return Table(title=title, columns=columns, rows=rows, names=2)


def short(commit: str | None) -> str:
    """Write a commit as git abbreviates it, with `-dirty` where it is."""
    if commit is None:
        return fmt.NOTHING
    name, dash, dirty = commit.partition("-")
    return f"{name[:_COMMIT]}{dash}{dirty}"


def when(created: str) -> str:
    """Write when a run began: `2030-01-01 00:00`."""
    try:
        return f"{dt.datetime.fromisoformat(created):%Y-%m-%d %H:%M}"
    except ValueError:
        return created


def _value(point: HistoryPoint | None, *, changed: bool) -> Value:
    if point is None:
        return Value(fmt.NOTHING)
    found = ratio(point.ratio, point.bound)
    return Value(f"{MARK} {found.text}", found.interval) if changed else found
