"""A history on a terminal. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.report.history_words import NOTE, groups
from clusterbench.report.render import terminal
from clusterbench.report.render.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.history import HistorySeries
    from clusterbench.report.tables.table import Table

_NARROWEST, _WIDEST = 80, 150
#: So many pairs have room side by side on 80 columns, with their names.
_PAIRS, _FOR_A_PAIR = 3, 20


def history_screen(shown: Sequence[HistorySeries], width: int = 80) -> str:
    """Return the tables over time, and where levels changed; `width` columns within reason."""
    size = min(max(width, _NARROWEST), _WIDEST)
    lines: list[str] = []
    for table, said in groups(shown):
        lines += [*wrapped(table.title, size), ""]
        for part in _parts(table, max(_PAIRS, (size - 30) // _FOR_A_PAIR)):
            lines += [*terminal.table(part, size).splitlines()[1:], ""]
        lines += [line for text in said for line in wrapped(text, size)]
        lines.append("")
    return "\n".join([*lines, *wrapped(NOTE, size)])


def _parts(table: Table, pairs: int) -> Iterator[Table]:
    """Yield a table in parts of so many pairs, each with the runs' names."""
    names, columns = table.names, range(table.names, len(table.columns))
    for start in range(0, len(columns), pairs):
        kept = [*range(names), *columns[start : start + pairs]]
        yield replace(
            table,
            title="",
            columns=tuple(table.columns[place] for place in kept),
            rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
        )
