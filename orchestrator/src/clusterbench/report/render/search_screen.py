"""How a search for capacities ends on a terminal: its answer, then every capacity. Pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from clusterbench.report.render import terminal
from clusterbench.report.render.screen import screen
from clusterbench.report.sections import sections
from clusterbench.report.tables import capacity_table

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

_WIDEST = 120


def capacities(run: RunRecord, summary: Summary, width: int) -> str:
    """Return what a run ends with, and below it the capacities within all objectives."""
    size = min(width, _WIDEST)
    parts = [screen(run, summary, width)]
    for section in sections(run.experiment, summary):
        if section.capacities:
            parts += ["", terminal.table(capacity_table.capacities(section), size), ""]
            notes = (*capacity_table.notes(section), *section.kind.captions("capacity"))
            parts += [textwrap.fill(note, size) for note in notes]
    return "\n".join(parts)
