"""A run's end on a terminal: one compact table a section, and the ratios. Pure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from clusterbench.report import captions, rows
from clusterbench.report import format as fmt
from clusterbench.report.sections import describe, sections

if TYPE_CHECKING:
    from clusterbench.experiment import RunRecord
    from clusterbench.measure.results import Summary
    from clusterbench.report.rows import Table

_NARROWEST, _WIDEST = 80, 150


def terminal(run: RunRecord, summary: Summary) -> RenderableType:
    """Give the run's figures for rich to print."""
    parts: list[RenderableType] = []
    for section in sections(run.experiment, summary):
        title = f"{section.scenario.name}: {describe(section.scenario)}; {captions.rounds(run)}"
        parts += [Text(title, style="bold"), _grid(rows.brief(section))]
        ratios = rows.ratios(section, summary)
        if ratios.rows:
            parts += [Text(ratios.title), _grid(ratios)]
    parts.append(Text(str(run.plan)))
    parts.append(Text(captions.time(summary)))
    failures = rows.failures(summary)
    for what, why in failures:
        parts.append(Text(f"failed: {what}: {why.splitlines()[0] if why else fmt.NOTHING}"))
    if not summary.complete:
        parts.append(Text(f"incomplete: {captions.INCOMPLETE}"))
    return Group(*parts)


def plain(run: RunRecord, summary: Summary, width: int) -> str:
    """Give the same as text without colours, `width` columns wide within reason."""
    out = io.StringIO()
    size = min(max(width, _NARROWEST), _WIDEST)
    console = Console(file=out, width=size, color_system=None, highlight=False)
    console.print(terminal(run, summary))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def _grid(table: Table) -> RenderableType:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, column in enumerate(table.columns):
        words = place < table.names or column == "notes"
        grid.add_column(Text(column), justify="left" if words else "right", overflow="fold")
    previous = ""
    for row in table.rows:
        first = row[0].text
        if previous and first != previous and table.names == 1 and table.columns[0] == "contender":
            grid.add_section()
        shown = ["" if first == previous else str(row[0]), *map(str, row[1:])]
        grid.add_row(*(Text(text) for text in shown))
        previous = first
    return Padding(grid, (0, 0, 1, 0))
