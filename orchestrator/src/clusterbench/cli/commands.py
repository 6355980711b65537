"""Every command that the package has: its options, and what handles it.

Standard library only: `./lab` reads this before there is any environment.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from clusterbench.cli import options
from clusterbench.cli.compare_options import CALIBRATE, COMPARE
from clusterbench.cli.options import common, count, data, install, json, plan, results, runtime
from clusterbench.cli.parser import Command, Group, option
from clusterbench.cli.result_commands import RESULTS
from clusterbench.model import bounds

THREADS = ("one", "all")

#: What every measurement by `bench` takes.
_BENCH = (options.bench, plan, *options.timing, data, results, install, *options.resume, common)
_SEED = options.seed(default=1, help="the same seed gives the same bytes (default: 1)")

_MEASURING = (
    Command(
        name="run",
        summary="build everything, run an experiment, write its plots and page",
        handler="clusterbench.cli.measuring:run",
        options=(
            *options.experiment, data, results, runtime, options.pull, install, *options.resume,
            json, common,
        ),
    ),
    Command(
        name="train",
        summary="time how long K-means takes to train in each library",
        handler="clusterbench.cli.measuring:train",
        options=(
            option("--quick", action="store_true", help="the short form: fewer passes and sizes"),
            count("--points", bounds.POINTS, help="observations"),
            count("--features", bounds.FEATURES, help="numbers in each observation"),
            count("--clusters", bounds.CLUSTERS, help="blobs in the data, and clusters"),
            count("--passes", bounds.ROUNDS, help="how often everything is run"),
            count("--spread", bounds.SPREAD, metavar="X", help="the blobs' standard deviation"),
            options.seed(help="of the data, the starts and the order"),
            option(
                "--group", dest="groups", action="append", metavar="NAME",
                choices=lambda names: names.training_groups,
                help="only this group; may be given several times: {choices}",
            ),
            option(
                "--contender", dest="contenders", action="append", metavar="NAME",
                choices=lambda names: names.training_contenders,
                help="only this contender; may be given several times: {choices}",
            ),
            option(
                "--threads", action="append", metavar="NAME", choices=THREADS,
                help="threads: one, or all of the server's CPUs; may be given several times: "
                f"{', '.join(THREADS)}",
            ),
            plan, results, runtime, options.pull, install,
            options.plan_only,
            json, common,
        ),
    ),
    Command(
        name="capacity",
        summary="find the highest rate that each server sustains within latency objectives",
        handler="clusterbench.cli.measuring:capacity",
        options=(
            options.slo, options.bench, plan, options.contender, options.list_contenders,
            *options.timing, data, results, runtime, options.pull, install, *options.resume,
            options.plan_only, json, common,
        ),
    ),
    COMPARE,
    CALIBRATE,
    Command(
        name="plan",
        summary="print what a run would do: on which CPUs, in which order, how long",
        handler="clusterbench.cli.planned:plan",
        options=(*options.experiment, data, results, runtime, *options.resume, json, common),
    ),
    # Always local processes, as no image holds what these measure.
    Command(
        name="bench",
        summary="compare each server with its alternatives: docs/bench.md",
        handler="clusterbench.cli.measuring:bench",
        words="[NAME ...]",
        options=(
            option(
                "names", nargs="*", metavar="NAME", choices=lambda names: names.comparisons,
                help="a comparison (default: all): {choices}",
            ),
            *_BENCH,
        ),
        contained=False,
    ),
    Command(
        name="bench calls",
        summary="time single calls, without a server",
        handler="clusterbench.cli.timing_calls:bench_calls",
        options=(count("--rounds", bounds.ROUNDS, help="how many turns"), results, common),
        contained=False,
    ),
    Command(
        name="bench overload",
        summary="load servers with more than they can take, and stop them in the middle of it",
        handler="clusterbench.cli.measuring:bench_overload",
        words="[CONTENDER ...]",
        options=(
            option(
                "names", nargs="*", metavar="CONTENDER", choices=lambda names: names.contenders,
                help="a contender (default: all of the profile)",
            ),
            *_BENCH,
        ),
        contained=False,
    ),
    Command(
        name="verify",
        summary="hold a server to the contract, point by point: docs/add-a-contender.md",
        handler="clusterbench.cli.verifying:verify",
        words="NAME|image:REFERENCE|HOST:PORT",
        options=(
            option(
                "target", metavar="NAME|image:REFERENCE|HOST:PORT",
                help="a contender, see below; somebody's image; or a server that runs already",
            ),
            options.bench, options.list_contenders, data, runtime, options.pull,
            options.plan_only, json, common,
        ),
    ),
    Command(
        name="doctor",
        summary="print what is missing here, or would spoil the figures, and the fix",
        handler="clusterbench.cli.planned:doctor",
        options=(runtime, results, json, common),
    ),
)  # fmt: skip

_by_hand = partial(Command, group=Group.BY_HAND)
_BY_HAND = (
    _by_hand(
        name="data generate",
        summary="make a data folder: a model, and requests for it",
        handler="clusterbench.cli.by_hand:generate_data",
        options=(
            count(
                "--clusters", bounds.CLUSTERS, default=100,
                help="centroids of the model (default: 100)",
            ),
            count(
                "--features", bounds.FEATURES, default=2,
                help="numbers in an observation (default: 2)",
            ),
            count(
                "--samples", bounds.CLUSTERS, default=1000,
                help="requests of one observation (default: 1000)",
            ),
            count(
                "--batch", bounds.CLUSTERS, default=10,
                help="observations in each of 100 batches (default: 10)",
            ),
            _SEED,
            option(
                "--out", type=Path, default=options.DATA, metavar="DIR",
                help=f"the folder to write (default: {options.DATA}/)",
            ),
            common,
        ),
    ),
    _by_hand(
        name="data blobs",
        summary="make a model whose centroids are points of blobs, as published",
        handler="clusterbench.cli.by_hand:generate_blobs",
        options=(
            count(
                "--points", bounds.CLUSTERS, default=100,
                help="points, each a centroid (default: 100)",
            ),
            _SEED,
            option("--out", type=Path, required=True, metavar="FILE", help="the file to write"),
            common,
        ),
    ),
    _by_hand(
        name="serve",
        summary="start one server on localhost:5001, until Ctrl-C: serve rust-tonic",
        handler="clusterbench.cli.by_hand:serve_one",
        words="NAME",
        options=(
            option(
                "name", metavar="NAME", choices=lambda names: names.services,
                help="a server: {choices}",
            ),
            data,
            count("--port", bounds.PORTS, default=5001, metavar="PORT", help="default: 5001"),
            options.where_served, options.pull, common,
        ),
        contained=False,
    ),
    _by_hand(
        name="build",
        summary="build servers and ghz as local processes need them",
        handler="clusterbench.cli.by_hand:build_all",
        options=(common,),
        contained=False,
    ),
    _by_hand(
        name="schema",
        summary="write the JSON schemas of run folders again",
        handler="clusterbench.cli.by_hand:write_schemas",
        group=Group.DEVELOPING,
        words="[DIR]",
        options=(
            option(
                "out", nargs="?", type=Path, metavar="DIR", default=Path("orchestrator/schema"),
                help="the folder to write into (default: orchestrator/schema)",
            ),
            common,
        ),
        hidden=True,
        contained=False,
    ),
)  # fmt: skip

COMMANDS = (*_MEASURING, *RESULTS, *_BY_HAND)

#: Of an installed package alone: in a clone of the repository the lab is there.
INSTALLED = (
    _by_hand(
        name="init",
        summary="write a lab into an empty or new folder: it runs published images",
        handler="clusterbench.cli.initialising:init",
        words="[DIR]",
        options=(
            option(
                "folder", nargs="?", type=Path, metavar="DIR", default=Path(),
                help="the folder to write into (default: this one)",
            ),
            option("--force", action="store_true", help="write over files that are there"),
            common,
        ),
        contained=False,
    ),
)  # fmt: skip
