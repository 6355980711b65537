"""The chapter on what went on within trials: where a reader of distrust looks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.report.chapter import Chapter, Media
from clusterbench.report.shown_levels import RULE, WITHIN

if TYPE_CHECKING:
    from clusterbench.model.summary import Summary


def within_chapter() -> Chapter:
    """Return the chapter of the plots of single requests, which the page alone has."""
    return Chapter(id=WITHIN, name="Within trials", lead=RULE, folded=True, media=Media.PAGE)


def leads_within(summary: Summary) -> bool:
    """Return whether a run found something that is to be looked at within its trials."""
    return any(cell.drifting or cell.paused or cell.disturbed for cell in summary.cells)
