"""The tables of training as text."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from clusterbench.report.render import terminal
from clusterbench.report.tables.training_tables import footnotes, tables

if TYPE_CHECKING:
    from clusterbench.model.training_summary import TrainingSummary

_NARROWEST, _USUAL = 100, 150


def plain(summary: TrainingSummary) -> str:
    """Write every table, and below them what a reader must know."""
    width = max(_NARROWEST, shutil.get_terminal_size((_USUAL, 24)).columns)
    shown = [f"{terminal.table(each, width)}\n" for each in tables(summary)]
    return "\n".join([*shown, *footnotes(summary)])
