"""The commands that read run folders: their options, and what handles them.

Standard library only, as `commands` is.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.cli import options, written_values
from clusterbench.cli.options import common, count, install, json, results
from clusterbench.cli.parser import Command, Group, option
from clusterbench.errors import ConfigError
from clusterbench.model import bounds
from clusterbench.model.history import HISTORY_METRICS

if TYPE_CHECKING:
    import argparse


FORMATS = ("csv", "parquet", "json")
TABLES = (
    "cells", "contenders", "trials", "comparisons", "capacities", "training", "counters",
    "requests",
)  # fmt: skip
"""Those of `store.frames`, which takes pandas; a test holds that they are the same."""


def _check_prune(arguments: argparse.Namespace) -> None:
    """Check that it is said which runs go."""
    if arguments.keep is None and arguments.older_than is None:
        raise ConfigError("runs prune: say which runs go, with --keep N, --older-than 30d or both")


_result = partial(Command, group=Group.RESULTS)
RESULTS = (
    _result(
        name="report",
        summary="make the plots and the page of a run again",
        handler="clusterbench.cli.concluding:report_again",
        words="[RUN]",
        options=(
            options.a_run, results, options.where_reported, options.pull, install,
            option("--full", action="store_true", help="print every table, not the answer alone"),
            json, common,
        ),
    ),
    _result(
        name="claims",
        summary="judge the published claims by a run, or by several",
        handler="clusterbench.cli.judging:claims",
        words="[RUN ...]",
        options=(options.some_runs, results, json, common),
    ),
    _result(
        name="cost",
        summary="print what serving a rate within a latency objective takes: cores, memory, money",
        handler="clusterbench.cli.costing:cost",
        words="[RUN ...]",
        options=(
            options.runs_with_capacities,
            count(
                "--rate", bounds.RATES, metavar="REQUESTS",
                help="requests per second; default: that of the run's question",
            ),
            options.slo_of_run,
            option(
                "--headroom", type=written_values.share, metavar="SHARE",
                help="share of each capacity that stays free: 30%% or 0.3; default: that of the "
                "run's question",
            ),
            count(
                "--price", bounds.PRICE, metavar="PRICE",
                help="of a core-hour, in any currency; without it cores are shown, and no money",
            ),
            results, json, common,
        ),
    ),
    _result(
        name="runs list",
        summary="list the runs, the newest first",
        handler="clusterbench.cli.results:list_all",
        options=(results, json, common),
    ),
    _result(
        name="runs history",
        summary="print how contenders compare over time, and where that changed",
        handler="clusterbench.cli.histories:history",
        options=(
            option(
                "--metric", choices=HISTORY_METRICS, default=HISTORY_METRICS[0], metavar="METRIC",
                help=f"of which figure the ratios are: {' or '.join(HISTORY_METRICS)}; default: "
                f"{HISTORY_METRICS[0]}, which is valid whatever limited a trial",
            ),
            option("--scenario", metavar="NAME", help="only this scenario"),
            results, json, common,
        ),
    ),
    _result(
        name="runs show",
        summary="print what a run was, and the command that repeats it",
        handler="clusterbench.cli.results:show",
        words="[RUN]",
        options=(options.a_run, results, json, common),
    ),
    _result(
        name="runs prune",
        summary="remove old runs: --keep N, --older-than 30d",
        handler="clusterbench.cli.results:prune",
        options=(
            count("--keep", bounds.NUMBERS, help="keep the newest N runs"),
            option(
                "--older-than", type=written_values.days, metavar="DAYS",
                help="only runs older than this: 30d",
            ),
            option("--yes", action="store_true", help="remove them without asking"),
            results, json, common,
        ),
        check=_check_prune,
    ),
    _result(
        name="export",
        summary="write a run's tables as CSV, Parquet or JSON",
        handler="clusterbench.cli.results:export",
        words="[RUN]",
        options=(
            options.a_run,
            results,
            option("--format", choices=FORMATS, default="csv", help="default: csv"),
            option(
                "--out", type=Path, metavar="DIR", required=True, help="the folder to write into"
            ),
            option(
                "--table", dest="tables", action="append", choices=TABLES, metavar="TABLE",
                help=f"only this table; may be given several times: {', '.join(TABLES)}; default: "
                "all but requests, which can be gigabytes",
            ),
            common,
        ),
    ),
)  # fmt: skip
