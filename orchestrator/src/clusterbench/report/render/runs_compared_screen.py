"""Two runs compared, on a terminal and as Markdown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.report.render import terminal
from clusterbench.report.render.markdown import bullets, escaped, table
from clusterbench.report.render.wrapping import wrapped
from clusterbench.report.runs_compared_words import depends, sentences
from clusterbench.report.tables import runs_compared_table

if TYPE_CHECKING:
    from clusterbench.model.runs_compared import RunsCompared

_NARROWEST, _WIDEST = 40, 150


def runs_compared_screen(shown: RunsCompared, width: int = 80) -> str:
    """Return what changed in words, the table, and what else differs."""
    size = min(max(width, _NARROWEST), _WIDEST)
    lines = [line for text in sentences(shown) for line in wrapped(text, size)]
    if shown.changes:
        found = runs_compared_table.changes(shown.changes)
        lines += ["", *terminal.table(found, size).splitlines()[1:], ""]
    lines += [line for text in depends(shown) for line in wrapped(text, size)]
    return "\n".join(lines)


def runs_compared_markdown(shown: RunsCompared) -> str:
    """Return the same as Markdown."""
    parts = [f"### {escaped(shown.second)} against {escaped(shown.first)}"]
    parts += map(escaped, sentences(shown))
    if shown.changes:
        parts.append(table(runs_compared_table.changes(shown.changes)))
    parts.append(bullets(depends(shown)))
    return "\n\n".join(parts) + "\n"
