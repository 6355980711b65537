"""The chapter on what makes the difference: parts of CPU time, and counters per request. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.report import interference_words
from clusterbench.report.attribution_words import WAYS, sentences
from clusterbench.report.chapter import Block, Chapter, Media
from clusterbench.report.sections import ATTRIBUTION
from clusterbench.report.tables import attribution_table, counters_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary


def why(run: RunRecord, summary: Summary) -> Chapter:
    """Return where CPU time goes, by profilers and no-op handlers, and what was counted."""
    found = summary.counters
    counted = Block(
        media=Media.FILES,
        table=counters_table.counters(found),
        notes=tuple(counters_table.notes(found)),
    )
    blocks = (*_attribution(run, summary), counted)
    return Chapter(id=ATTRIBUTION, name="Why: where CPU time goes", blocks=blocks)


def _attribution(run: RunRecord, summary: Summary) -> Iterator[Block]:
    found = summary.attribution
    if found is not None:
        table = attribution_table.attribution(found)
        cells = attribution_table.cells(found, summary)
        marks = interference_words.of_cells(run.experiment, cells)
        yield Block(table=table, notes=(*sentences(found), *marks, WAYS))
