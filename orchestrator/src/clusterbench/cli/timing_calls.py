"""What single calls cost, without a server: timed, shown and kept."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from clusterbench.bench.call_timing import read, read_left_out, timed
from clusterbench.bench.signals import interruptible
from clusterbench.cli.assembly import COMPOSE, read_bench
from clusterbench.cli.output import Output
from clusterbench.config.compose_file import read_services, require_sources
from clusterbench.errors import StoreError
from clusterbench.host import fingerprint
from clusterbench.host.own_cgroup import throttled
from clusterbench.measure.call_costs import costs
from clusterbench.measure.limits import is_throttled
from clusterbench.model.units import Seconds
from clusterbench.own_files import reason
from clusterbench.report.bench_result import tell
from clusterbench.report.captions import INTERVAL
from clusterbench.report.tables.calls_table import tables
from clusterbench.store import run_folder as store

if TYPE_CHECKING:
    import argparse


def bench_calls(arguments: argparse.Namespace) -> None:
    """Time the calls, print their table and keep it.

    Raises HostError where pytest-benchmark is missing, MeasureError where it failed.
    """
    require_sources(read_services(COMPOSE), "bench calls")
    out, results = Output(arguments), arguments.results
    turns = arguments.rounds or read_bench().calls_rounds
    out.say(f"timing each call in {turns} shuffled turns; about {turns * 5} s")
    with interruptible(), store.lock(results):
        before, began = throttled(), time.monotonic()
        printed = timed(turns)
        held, took = throttled() - before, time.monotonic() - began
        found, left_out = costs(read(printed)), read_left_out(printed)
        folder = results / store.new_id("bench-calls")
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made: {reason(error)}") from error
        host = fingerprint.read_host()
        spread = (
            f"medians of {turns} shuffled turns, ratios and differences paired by turn, with "
            f"{INTERVAL}s; one thread, pinned to one CPU"
        )
        if turns == 1:
            spread = "medians of one turn, without intervals; one thread, pinned to one CPU"
        tell(
            folder,
            title="What single calls cost, without a server",
            tables=list(tables(found)),
            notes=[
                f"{spread}. {host['cpu']}, Python {sys.version.split()[0]}.",
                *_held_back(held, took),
                *(f"left out: {call}: {why}" for call, why in left_out.items()),
            ],
            data={"turns": turns, "host": host, "calls": found, "left_out": left_out},
            say=out.say,
        )


def _held_back(held: float, took: float) -> list[str]:
    """Return what to say where a CPU quota held the calls back (s)."""
    if not is_throttled(Seconds(held), Seconds(took)):
        return []
    return [f"throttled: a CPU quota held calls back for {held:.1f} of {took:.0f} s."]
