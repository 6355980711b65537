"""A run's figures on a terminal, as compact tables. Pure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.answer import answer
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from clusterbench.report.render.columns import fit, widths
from clusterbench.report.tables import claims_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import JustifyMethod

    from clusterbench.model.claim_result import ClaimResult
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Table, Value

_NARROWEST, _WIDE, _WIDEST, _WIDEST_CLAIMS = 80, 140, 150, 170
#: What a narrow terminal does without.
_SPARED = frozenset({
    "p50 (ms)", "CPU server/generator", "notes", "inertia", "peak by", "cores",
})  # fmt: skip
_ROOMY = 100
_SPARED_FIRST = frozenset({"inertia"})
#: First columns whose equal names make a group of rows.
_GROUPED = frozenset({"contender", "objective"})


def plain(run: RunRecord, summary: Summary, width: int) -> str:
    """Return a run's figures as text without colours, `width` columns wide within reason."""
    size = _within(width, _WIDEST)
    return _text(Group(*_parts(run, summary, size)), size)


def table(shown: Table, width: int) -> str:
    """Return one table with its title as text without colours."""
    size = _within(width, _WIDEST)
    return _text(Group(Text(shown.title), _grid(shown, size)), size)


def claims(results: Sequence[ClaimResult], width: int) -> str:
    """Return the claims as text: a line of figures for each, then each one's reason."""
    size = _within(width, _WIDEST_CLAIMS)
    lines = map(Text, claims_table.reasons(results))
    return _text(Group(_grid(claims_table.short_claims(results), size), *lines), size)


def _within(width: int, widest: int) -> int:
    return min(max(width, _NARROWEST), widest)


def _parts(run: RunRecord, summary: Summary, width: int) -> Iterator[RenderableType]:
    yield from map(Text, answer(run, summary))
    for chapter in chapters(run, summary, Media.TERMINAL):
        heading = f"{chapter.name}: {chapter.lead}" if chapter.lead else ""
        if heading:
            yield Text(heading)
        if chapter.gist:
            yield Text(chapter.gist)
        for block in chapter.blocks:
            if block.table:
                if not heading or block.table.title != chapter.name:
                    yield Text(block.table.title)
                yield _grid(block.table, width)
            yield from map(Text, block.notes)
        for what, why in chapter.failures:
            yield Text(f"failed: {what}: {why.splitlines()[0] if why else fmt.NOTHING}")
    yield Text(str(run.plan))
    for what, line in captions.notices(run, summary):
        if what != "Warning":  # was printed when the run began
            yield Text(f"{what.lower()}: {line}")


def _text(shown: RenderableType, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(shown)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def _grid(table: Table, width: int) -> RenderableType:
    """Return a table for rich; where they have no room beside them, intervals go below figures."""
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    spared = _SPARED if width < _ROOMY else _SPARED_FIRST if width < _WIDE else frozenset()
    shown = [i for i, name in enumerate(table.columns) if name not in spared]
    heads = [
        table.columns[i].replace(" / ", " /\n").replace("/generator", "\n/generator") for i in shown
    ]
    folds = [table.words(i) and i > 0 for i in shown]

    def written(between: str) -> list[list[str]]:
        return [[_lines(row[i], between) for row in table.rows] for i in shown]

    beside = width >= _WIDE and fit(heads, written(" "), folds, width)
    cells = written(" " if beside else "\n")
    for place, head, size in zip(shown, heads, widths(heads, cells, folds, width), strict=True):
        side: JustifyMethod = "left" if table.words(place) else "right"
        grid.add_column(Text(head), justify=side, overflow="fold", width=size)
    previous = ""
    several = len({row[0].text for row in table.rows}) < len(table.rows)
    for row, texts in zip(table.rows, zip(*cells, strict=True), strict=True):
        first = row[0].text
        if several and previous and first != previous and table.columns[0] in _GROUPED:
            grid.add_section()
        head = "" if first == previous else first
        grid.add_row(Text(head), *map(Text, texts[1:]))
        previous = first
    return Padding(grid, (0, 0, 1, 0))


def _lines(value: Value, between: str) -> str:
    return f"{value.text}{between}{value.interval}" if value.interval else value.text
