"""How a run ends on a terminal: its answer, a table, and what to look at, on one screen. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.model.claim_result import Verdict
from clusterbench.own_program import program
from clusterbench.report import captions
from clusterbench.report.answer import sentences
from clusterbench.report.answered import answered
from clusterbench.report.render import terminal
from clusterbench.report.render.wrapping import wrapped
from clusterbench.report.tables import answer_table, run_tables
from clusterbench.report.tables.table import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Table

#: How many lines there are at most. Where the report is, and that its plots are being drawn, or
#: were not, comes after them: 25 in all.
MOST_LINES = 22
_NARROWEST, _WIDEST = 40, 120


@dataclass(frozen=True, slots=True)
class _Room:
    """How much is shown: rows of the table, with intervals or not, and notices."""

    rows: int
    intervals: bool
    notices: int


#: From the most to the least; the first that fits is shown.
_ROOMS = (
    _Room(rows=8, intervals=True, notices=4),
    _Room(rows=8, intervals=True, notices=1),
    _Room(rows=8, intervals=False, notices=1),
    *(_Room(rows=rows, intervals=False, notices=0) for rows in (8, 6, 5, 4, 3, 2)),
)


def screen(run: RunRecord, summary: Summary, width: int) -> str:
    """Return the answer, a table and what matters in at most MOST_LINES lines of text.

    A run that answers nothing (training, overload, alternatives) has its tables, as `plain` does.
    """
    found = answered(run, summary)
    if found is None:
        return terminal.plain(run, summary, width)
    size = min(max(width, _NARROWEST), _WIDEST)
    said = [line for text in sentences(run, summary, found) for line in wrapped(text, size)]
    table = answer_table.answers(found)
    notices, ends = list(_notices(run, summary)), list(_ends(run, summary))
    for room in _ROOMS:
        lines = [*said, "", *_table(table, room, size), *_folded(notices, room, size), *ends]
        if len(lines) <= MOST_LINES:
            break
    return "\n".join(lines[:MOST_LINES])


def _table(table: Table, room: _Room, width: int) -> list[str]:
    rows = table.rows[: room.rows]
    if not room.intervals:
        rows = tuple(tuple(Value(value.text) for value in row) for row in rows)
    left = len(table.rows) - len(rows)
    more = [f"{left} more in report.md"] if left else []
    return [*terminal.table(replace(table, rows=rows), width).splitlines(), *more, ""]


def _notices(run: RunRecord, summary: Summary) -> Iterator[str]:
    """Yield what a reader must know of: failures, then what limits the run as a whole."""
    for what, why in run_tables.failures(run.experiment, summary):
        yield f"failed: {what}: {(why.splitlines() or [''])[0]}"
    for what, line in captions.notices(run, summary):
        yield f"{what.lower()}: {line}"


def _folded(notices: Sequence[str], room: _Room, width: int) -> list[str]:
    """Return as many notices as there is room for, a line each, and count the others."""
    shown = [textwrap.shorten(line, width, placeholder=" ...") for line in notices[: room.notices]]
    left = len(notices) - len(shown)
    if not left:
        return shown
    noun = "notice" if not shown else "more"
    plural = "s" if not shown and left > 1 else ""
    return [*shown, f"{left} {noun}{plural} in report.md"]


def _ends(run: RunRecord, summary: Summary) -> Iterator[str]:
    """Yield a line on what has tables or a command of its own."""
    judged = [each for each in summary.claims if each.verdict.decided]
    undecided = [each for each in summary.claims if each.verdict is Verdict.NOT_DECIDED]
    if judged or undecided:
        counts = [f"{len(judged)} judged" if judged else "none judged"]
        if undecided:
            counts.append(f"{len(undecided)} not decided")
        yield f"Published claims: {', '.join(counts)}: {program()} claims"
    training = "Training, and all" if run.experiment.training else "All"
    yield f"{training} tables: {program()} report --full"
