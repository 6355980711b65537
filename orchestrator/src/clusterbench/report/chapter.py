"""What a chapter of a report is: tables and notes, each with the media that show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from clusterbench.report.tables.table import Table


class Media(Flag):
    """Where a block is shown: on the page, in report.md, on a terminal."""

    PAGE = auto()
    TEXT = auto()
    TERMINAL = auto()
    FILES = PAGE | TEXT
    ALL = FILES | TERMINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A table, and the notes below it. Its title is left out where the chapter's name is the same.

    `page_notes` are shown on the page alone. `folded` is the line under which files hide the table,
    or the notes where there is none.
    """

    media: Media = Media.ALL
    table: Table | None = None
    notes: tuple[str, ...] = ()
    page_notes: tuple[str, ...] = ()
    folded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of a report. `id` is also the `section` of its charts; `lead` goes with its name.

    `gist` is what its figures come to, a sentence that is said first. The page shows only the name
    of a `folded` one until a reader opens it. `media` are those that show any of it.
    """

    id: str
    name: str
    lead: str = ""
    gist: str = ""
    blocks: tuple[Block, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    folded: bool = False
    media: Media = Media.ALL
