"""`runs history`: how contenders compare over time, and where that changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

from clusterbench.cli.output import Output
from clusterbench.measure.ratio_history import history as of
from clusterbench.report.render.history_screen import history_screen
from clusterbench.store.read_history import past_runs

if TYPE_CHECKING:
    import argparse


def history(arguments: argparse.Namespace) -> None:
    """Print the ratios of every run that can be read, by host and load, in the order of time."""
    out = Output(arguments)
    found = of(
        past_runs(arguments.results, out.progress.warn), arguments.metric, arguments.scenario
    )
    out.data({"metric": arguments.metric, "series": msgspec.to_builtins(found)})
    if not found:
        of_it = f" of scenario {arguments.scenario}" if arguments.scenario else ""
        out.say(f"{arguments.results}: no run here compares contenders{of_it}")
    elif not out.json:
        out.end(history_screen(found, shutil.get_terminal_size((120, 24)).columns))
