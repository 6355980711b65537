"""What a benchmark found, on the terminal and on disk: bench.md and bench.json."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.errors import StoreError
from clusterbench.report.render import markdown as text
from clusterbench.report.render import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clusterbench.report.tables.cells import Table

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
        parts += (
            [f"## {table.title}", text.table(table)] if len(tables) > 1 else [text.table(table)]
        )
    parts.append("\n".join(f"- {note}" for note in notes))
    _write(folder / TEXT, ("\n\n".join(parts) + "\n").encode())
    _write(folder / DATA, msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n")
    say(f"written: {folder / TEXT}, {folder / DATA}")


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(file)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {error.strerror}") from error
