"""What a command prints: text for people, or JSON for programs; quiet, usual or verbose."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.table import Column, Table

from clusterbench.bench.progress import Progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence

#: How wide the columns of an item's names are, by how many there are.
_WIDTHS: Mapping[int, tuple[int, ...]] = {1: (22,), 2: (7, 15), 3: (2, 8, 13)}

#: Whose messages `--verbose` shows: the lab's own, and each request to the container engine.
_DETAILS = ("clusterbench", "urllib3.connectionpool")


class Output:
    """Prints as `--quiet`, `--verbose` and `--json` ask. With JSON, all text goes to stderr."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.json: bool = getattr(arguments, "json", False)
        self._console = Console(highlight=False, soft_wrap=True, stderr=self.json)
        self.progress = Progress(0.0, self._console, quiet=arguments.quiet)
        self.say = self.progress.say
        self.end = self.progress.end
        if arguments.verbose:
            _show_details()

    def table(
        self, headings: Iterable[str], rows: Iterable[Sequence[str]], title: str = ""
    ) -> None:
        """Print a table, in place of JSON: with a frame where it has a title."""
        if not self.json:
            columns = [Column(heading, overflow="fold") for heading in headings]
            table = Table(
                *columns, title=title or None, title_justify="left", show_edge=bool(title)
            )
            for row in rows:
                table.add_row(*row)
            self._console.print(table)

    def item(self, names: Sequence[str], lines: Iterable[str]) -> None:
        """Print one of a list, in place of JSON: its names, and lines beside them that fold."""
        if not self.json:
            self._console.print(listed(names, lines), soft_wrap=False)

    def data(self, value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        """Print JSON, where that is asked for."""
        if self.json:
            text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()


def listed(names: Sequence[str], lines: Iterable[str]) -> Table:
    """Return one of a list for the terminal: its names in columns, and its lines beside them.

    Lists that are printed one by one stand in line as long as their names fit their columns.
    """
    table = Table.grid(padding=(0, 1))
    for name, width in zip(names, _WIDTHS[len(names)], strict=True):
        table.add_column(min_width=max(width, len(name)), no_wrap=True)
    table.add_column(overflow="fold")
    for number, line in enumerate(lines):
        table.add_row(*(names if not number else [""] * len(names)), line)
    return table


def _show_details() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("  %(message)s"))
    for name in _DETAILS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
