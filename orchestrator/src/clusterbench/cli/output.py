"""What a command prints: text for people, or JSON for programs; quiet, usual or verbose."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console

from clusterbench.bench.progress import Progress

if TYPE_CHECKING:
    import argparse

    from rich.table import Table

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

    def table(self, table: Table) -> None:
        """Print a table, in place of JSON."""
        if not self.json:
            self._console.print(table)

    def data(self, value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        """Print JSON, where that is asked for."""
        if self.json:
            text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()


def _show_details() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("  %(message)s"))
    for name in _DETAILS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
