"""How a comparison ends on a terminal: the verdict, the table, how it was measured. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.report.comparison_words import how_measured, load, verdict_sentences, where
from clusterbench.report.render import terminal
from clusterbench.report.render.wrapping import wrapped
from clusterbench.report.tables import comparison_table

if TYPE_CHECKING:
    from clusterbench.report.measured_comparison import MeasuredComparison

_NARROWEST, _WIDEST = 40, 120


def comparison_screen(shown: MeasuredComparison, width: int = 80) -> str:
    """Return the verdict, the table and how it was measured, `width` columns wide within reason."""
    size = min(max(width, _NARROWEST), _WIDEST)
    metrics = comparison_table.metrics(shown)
    lines = [line for text in verdict_sentences(shown) for line in wrapped(text, size)]
    # The title says nothing that the columns do not.
    lines += ["", *terminal.table(metrics, size).splitlines()[1:], ""]
    notes = [how_measured(shown), load(shown), where(shown)]
    if not all(each.decides for each in shown.found.metrics):
        notes.insert(0, comparison_table.NOTE.rstrip("."))
    return "\n".join([*lines, *wrapped(f"{'. '.join(notes)}.", size)])
