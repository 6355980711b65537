"""What a benchmark found, on the terminal and on disk: bench.md and bench.json."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.report.render import markdown as text
from clusterbench.report.render import terminal
from clusterbench.store import atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clusterbench.report.tables.table import Table

TEXT, DATA = "bench.md", "bench.json"
#: So wide, intervals go below their figures, and all columns find their place.
_WIDEST = 135


def tell(
    folder: Path,
    *,
    title: str,
    tables: Sequence[Table],
    notes: Sequence[str],
    data: Any,  # noqa: ANN401 - whatever JSON can hold
    say: Callable[[str], None],
) -> None:
    """Print tables and notes, and write them into the folder. Raises StoreError."""
    say(title)
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    for table in tables:
        say(terminal.table(table, width))
    for note in notes:
        say(note)
    parts = [f"# {title}"]
    for table in tables:
        if len(tables) > 1:
            parts.append(f"## {table.title}")
        parts.append(text.table(table))
    parts.append("\n".join(f"- {note}" for note in notes))
    files = {
        TEXT: ("\n\n".join(parts) + "\n").encode(),
        DATA: msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n",
    }
    say(f"written: {', '.join(map(str, atomic.write_all(folder, files)))}")
