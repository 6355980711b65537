"""report.md: the run's figures as GitHub's Markdown, ready to paste into an issue. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterbench.report import captions
from clusterbench.report.answer import answer
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.chapter import Block, Chapter
    from clusterbench.report.tables.table import Table


def markdown(run: RunRecord, summary: Summary) -> str:
    """Write the whole report as Markdown."""
    parts = [f"# Run {escaped(run.id)}", *map(escaped, answer(run, summary)), *_head(run, summary)]
    for chapter in chapters(run, summary, Media.TEXT):
        parts += _chapter(chapter)
    return "\n\n".join(parts) + "\n"


def table(shown: Table) -> str:
    """Return one table, without its title."""
    rule = ["---" if shown.words(i) else "---:" for i in range(len(shown.columns))]
    lines = [[_cell(c) for c in shown.columns], rule]
    lines += [[_cell(str(value)) for value in row] for row in shown.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(run: RunRecord, summary: Summary) -> Iterator[str]:
    yield bullets((
        str(run.plan),
        captions.where(run),
        f"profile {summary.profile}, {captions.windows(run)}, {captions.rounds(run)}",
        f"{run.created}, clusterbench {run.clusterbench}",
        (f"Figures: point [{captions.INTERVAL}]. >= marks a lower bound: the load generator's CPUs "
        "were full, or a CPU quota held back a side, so the server can do this or more."),
    ))  # fmt: skip
    yield from (f"> **{what}.** {escaped(line)}" for what, line in captions.notices(run, summary))


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield "## " + escaped(": ".join(filter(None, (chapter.name, chapter.lead))))
    if chapter.gist:
        yield escaped(chapter.gist)
    for block in chapter.blocks:
        yield from _block(block, chapter.name)
    if chapter.failures:
        yield "\n".join(_failure(what, why) for what, why in chapter.failures)
    if chapter.commands:
        yield code("\n".join(chapter.commands))


def _block(block: Block, name: str) -> Iterator[str]:
    if block.folded and block.table:
        summary = f"<summary>{block.folded}</summary>"
        yield f"<details>{summary}\n\n{table(block.table)}\n\n</details>"
    elif block.table:
        title = "" if block.table.title == name else f"{escaped(block.table.title)}:\n\n"
        yield title + table(block.table)
    if block.notes:
        yield bullets(block.notes)


def bullets(lines: Iterable[str]) -> str:
    """Return a list, a line each."""
    return "\n".join(f"- {escaped(line)}" for line in lines)


def _failure(what: str, why: str) -> str:
    first, *rest = why.splitlines() or [""]
    rests = f"\n\n{code(chr(10).join(rest))}\n" if rest else ""
    return f"- **{escaped(what)}**: {escaped(first)}{rests}"


def code(text: str) -> str:
    """Return text as it is, in a fence that it does not end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _cell(text: str) -> str:
    return escaped(text).replace("\n", " ")


def escaped(text: str) -> str:
    """Escape what Markdown or HTML would take for its own."""
    return re.sub(r"([\\`*_|<>#~])", r"\\\1", text)
