"""`compare RUN RUN`: what changed between two runs that were measured before."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

from clusterbench.cli.output import Output
from clusterbench.report import runs_compared_markdown, runs_compared_screen
from clusterbench.store import atomic
from clusterbench.store.two_runs import compare_runs as compared

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from clusterbench.model.runs_compared import RunsCompared


def compare_runs(arguments: argparse.Namespace, first: Path, second: Path) -> RunsCompared:
    """Compare two run folders, and print what changed; return it.

    Of the arguments it takes `results`, `across_hosts`, `precision` (a share), `markdown` and
    those of `Output`. Raises ConfigError and StoreError as `store.two_runs` does.
    """
    found = compared(
        first,
        second,
        results=arguments.results,
        across_hosts=arguments.across_hosts,
        precision=arguments.precision,
    )
    out = Output(arguments)
    out.data(msgspec.to_builtins(found))
    if not out.json:
        out.end(runs_compared_screen(found, shutil.get_terminal_size((120, 24)).columns))
    if arguments.markdown is not None:
        atomic.write(arguments.markdown, runs_compared_markdown(found).encode())
    return found
