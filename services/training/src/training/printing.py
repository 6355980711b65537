"""The tables of training as text."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from clusterbench.report.tables.training_tables import footnotes, tables

if TYPE_CHECKING:
    from clusterbench.model.training_summary import TrainingSummary
    from clusterbench.report.tables.training_tables import Grid

_NARROWEST, _USUAL = 100, 150


def plain(summary: TrainingSummary) -> str:
    """Write every table, and below them what a reader must know."""
    width = max(_NARROWEST, shutil.get_terminal_size((_USUAL, 24)).columns)
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, highlight=False)
    for grid in tables(summary):
        console.print(_table(grid))
    for line in footnotes(summary):
        console.print(line, markup=False)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def _table(grid: Grid) -> Table:
    table = Table(title=grid.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(grid.columns):
        words = place < grid.names or name in {"notes", "equal work"}
        table.add_column(name, justify="left" if words else "right", overflow="fold")
    for row in grid.rows:
        table.add_row(*(" ".join(part for part in cell if part) for cell in row))
    return table
