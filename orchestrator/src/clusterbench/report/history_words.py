"""What a history says, in sentences. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from clusterbench.measure.metrics import METRICS
from clusterbench.model import numbers as fmt
from clusterbench.report.comparison_words import change
from clusterbench.report.tables.history_table import MARK, over_time, pair, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.history import HistorySeries
    from clusterbench.report.tables.table import Table

NOTE = (
    f"Ratios within each run, with the 95% interval over its rounds. {MARK}: a change point: from "
    "that run on the level is another."
)


def groups(shown: Sequence[HistorySeries]) -> Iterator[tuple[Table, list[str]]]:
    """Yield a table for each host and load, with what is to be said of it."""
    titles = {each.name: each.title for each in METRICS}

    def place(each: HistorySeries) -> tuple[str, ...]:
        return each.where, each.scenario, f"{each.level:>9}", each.metric

    for (where, scenario, level, metric), found in itertools.groupby(
        sorted(shown, key=place), key=place
    ):
        several = list(found)
        what = f"{titles.get(metric, metric)}, {scenario} {int(level):,}"
        yield over_time(several, f"{what}: {where}"), [*_said(several)]


def _said(several: Sequence[HistorySeries]) -> Iterator[str]:
    for each in several:
        for found in each.changes:
            levels = f"{fmt.number(found.before)} to {fmt.number(found.after)}"
            commit = f" (commit {short(found.commit)})" if found.commit else ""
            size = f"{change(found.change)}, from {levels}"
            yield f"{pair(each)}: from run {found.run}{commit} on {size}."
    none = [pair(each) for each in several if not each.changes and not each.why]
    if none:
        yield f"No change point: {', '.join(none)}."
    whys: dict[str, list[str]] = {}
    for each in several:
        if each.why:
            whys.setdefault(each.why, []).append(pair(each))
    for why, pairs in whys.items():
        of = "" if len(pairs) == len(several) else f" ({', '.join(pairs)})"
        yield f"Not looked for change points{of}: {why}."
