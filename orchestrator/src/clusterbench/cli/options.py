"""Every option that more than one command takes.

Standard library only.
"""

from __future__ import annotations

import argparse
import os
import textwrap
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.cli.names import BENCH_OPTION
from clusterbench.cli.parser import option
from clusterbench.cli.written_values import bench_toml, data_folder, levels, objective, within
from clusterbench.errors import ConfigError, one_of
from clusterbench.model.bounds import (
    LEVELS,
    LOAD,
    REPEATS,
    ROUNDS,
    SEEDS,
    WAIT,
    span,
)
from clusterbench.store.newest_run import (
    LATEST,
    RUN,
    all_folders,
    holds_comparison,
    is_run,
    meant,
    newest,
)

if TYPE_CHECKING:
    from clusterbench.cli.parser import Declare, Parser, Place
    from clusterbench.model.bounds import Bounds

RESULTS, DATA = Path("results"), Path("data")


def common(parser: Parser, _place: Place) -> None:
    """Declare how much is said."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "-q", "--quiet", action="store_true", help="say only warnings and the last line"
    )
    how.add_argument(
        "-v", "--verbose", action="store_true",
        help="also say which commands are started, where their output goes, and what the "
        "container engine is asked",
    )  # fmt: skip


def results(parser: Parser, _place: Place) -> None:
    """Declare where run folders are."""
    usual = Path(os.environ.get("LAB_RESULTS") or RESULTS)
    parser.add_argument(
        "--results", type=Path, metavar="DIR", default=usual,
        help=f"where run folders are; default: LAB_RESULTS of the environment, else {RESULTS}/",
    )  # fmt: skip


def runtime(parser: Parser, place: Place) -> None:
    """Declare where servers run."""
    usual = place.usual or "docker where there is an engine"
    parser.add_argument(
        "--runtime", choices=place.runtimes, default=place.usual,
        help="where servers run: in containers (docker), or as local processes (process); "
        f"default: {usual}",
    )  # fmt: skip


def where_reported(parser: Parser, place: Place) -> None:
    """Declare where a report is made, where that can be chosen."""
    if place.usual is None:
        parser.add_argument(
            "--runtime", choices=place.runtimes,
            help="where the report is made: docker's image has the browser that draws the SVG and "
            "PNG files; default: docker where there is an engine",
        )  # fmt: skip


def where_served(parser: Parser, place: Place) -> None:
    """Declare where a server runs, where that can be chosen."""
    if place.usual is None:
        runtime(parser, place)


def install(parser: Parser, place: Place) -> None:
    """Declare whether system packages may be installed."""
    if not place.container:
        parser.add_argument(
            "--install", action=argparse.BooleanOptionalAction, default=None,
            help="install missing system packages (h2load, a browser), or never do; by default "
            "it asks on a terminal, and without one it installs where it is root",
        )  # fmt: skip
    else:
        parser.set_defaults(install=False)


def pull(parser: Parser, place: Place) -> None:
    """Declare whether images are pulled, where it is the launcher that provides them."""
    if place.usual is None:
        parser.add_argument(
            "--pull", action="store_true",
            help="pull published images that are not here, in place of building any; LAB_REGISTRY "
            "and LAB_TAG of the environment name them",
        )  # fmt: skip


def _list_names(parser: Parser, place: Place) -> None:
    """Write the profiles with what they are for, and the contenders, below the options."""
    names = place.names
    wide = max(map(len, names.profiles), default=0)
    profiles = [f"  {name:{wide}}  {names.descriptions.get(name, '')}" for name in names.profiles]
    list_contenders(parser, place)
    if profiles:
        parser.epilog = "\n".join(["profiles:", *profiles, "", parser.epilog or ""])


def list_contenders(parser: Parser, place: Place) -> None:
    """Write the contenders below the options."""
    lines = textwrap.wrap(
        ", ".join(place.names.contenders), 78, initial_indent="  ", subsequent_indent="  ",
        break_on_hyphens=False,
    )  # fmt: skip
    if lines:
        parser.epilog = "\n".join(["contenders:", *lines])


def count(
    flag: str,
    bounds: Bounds,
    *,
    help: str,  # noqa: A002 - as `option` names it
    metavar: str = "N",
    **settings: Any,  # noqa: ANN401 - likewise
) -> Declare:
    """Return what declares an option that is a number; its help says which are allowed."""
    allowed = span(bounds.low, bounds.high, bounds.above)
    return option(
        flag, type=within(bounds), metavar=metavar, help=f"{help};{allowed}", **settings
    )  # fmt: skip


seed = partial(count, "--seed", SEEDS)
json = option(
    "--json", action="store_true", help="print JSON on standard output, and nothing else there"
)
data = option(
    "--data", type=data_folder, metavar="DIR", default=DATA,
    help=f"a folder that `data generate --out DIR` made (default: {DATA}/)",
)  # fmt: skip
bench = option(
    BENCH_OPTION, type=bench_toml, metavar="FILE",
    help="read this in the place of bench.toml; it may include that one, and add contenders, "
    "scenarios and profiles: docs/add-a-contender.md",
)  # fmt: skip
plan = option(
    "--plan", choices=lambda names: names.plans, metavar="PLAN", help="CPU plan: {choices}"
)
resume = (
    option("--resume", action="store_true", help="finish the newest run, or the one of --run"),
    option("--run", dest="run_folder", metavar="RUN", help="the run that --resume finishes"),
)
timing = (
    count("--rounds", ROUNDS, help="how many rounds"),
    count("--window", LOAD, metavar="SECONDS", help="length of each window"),
    count("--warm-up", WAIT, metavar="SECONDS", help="longest warm-up; 0 for none"),
    count(
        "--repeats", REPEATS,
        help="how often a trial is run again at the end of its turn while others have too much of "
        "a side's CPUs; 0 for never",
    ),
    seed(help="shuffles contenders and levels"),
)  # fmt: skip
plan_only = option(
    "--plan-only", action="store_true", help="print what would run, and start nothing"
)
slo = option(
    "--slo", action="append", type=objective, metavar="PERCENTILE=MS",
    help="a latency objective, like p99=10ms; may be given several times, with one percentile; "
    "default: those of bench.toml's predict-capacity",
)  # fmt: skip
contender = option(
    "--contender", dest="contenders", action="append", metavar="NAME",
    choices=lambda names: names.contenders,
    help="only this contender of bench.toml, see below; may be given several times",
)  # fmt: skip
#: What changes a profile.
experiment = (
    option(
        "--profile", choices=lambda names: names.profiles, metavar="PROFILE",
        help="the experiment, see below; default: the environment's LAB_PROFILE, else bench.toml's",
    ),
    bench,
    plan,
    contender,
    _list_names,
    option(
        "--levels", type=levels, metavar="N,N,...",
        help="levels in place of the sweeps that do not saturate servers: 64,256; each"
        f"{span(LEVELS.low, LEVELS.high)}",
    ),
    *timing,
    option(
        "--counters", action=argparse.BooleanOptionalAction, default=None,
        help="count instructions and context switches per request, after the trials; or never do; "
        "default: as the profile says",
    ),
    count(
        "--duration", LOAD, metavar="SECONDS",
        help="duration of each trial that is measured as published",
    ),
    option(
        "--profiler", action=argparse.BooleanOptionalAction, default=None,
        help="sample each server once under profilers, after its trials, which shows where its "
        "CPU time goes; or never do; default: as the profile says",
    ),
)  # fmt: skip
_RUNS = "a run folder, or the name of one in --results; default: the newest"
a_run = option("run_name", nargs="?", metavar="RUN", help=_RUNS)
some_runs = option("run_names", nargs="*", metavar="RUN", help=_RUNS)
runs_with_capacities = option(
    "run_names", nargs="*", metavar="RUN", help=f"{_RUNS} that searched for capacities"
)
slo_of_run = option(
    "--slo", type=objective, metavar="PERCENTILE=MS",
    help="latency objective, as in p99=10ms; default: that of the run's question",
)  # fmt: skip


# --------------------------------------------------------------------------- run folders


def find_run(given: str | None, results: Path) -> Path:
    """Find the folder of a run or of a comparison: a path, or the name of one in `results`.

    Where none is given, or `latest`, it is the newest run. Raises ConfigError where there is none,
    StoreError where the results folder cannot be read.
    """
    if given in {None, LATEST}:
        return newest(results)
    for path in (Path(given), results / given):
        if path.name == LATEST or is_run(path) or holds_comparison(path):
            return meant(path)
    if _is_folder(Path(given)):
        raise ConfigError(f"{given}: not a run folder, it has no {RUN}")
    names = [path.name for path in all_folders(results)]
    if not names:
        raise ConfigError(f"{given}: no such run, and {results} holds none yet; `run` makes one")
    raise ConfigError(f"{given}: no such run; {one_of(given, names)}")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long
        return False


def check_runs(arguments: argparse.Namespace) -> None:
    """Check that the runs that a command takes are there. Raises ConfigError."""
    given = vars(arguments)
    names = [given["run_name"]] if "run_name" in given else []
    if "run_names" in given:
        names = given["run_names"] or [None]
    if given.get("resume") or given.get("run_folder"):
        names = [given["run_folder"]]
    for name in names:
        find_run(name, arguments.results)
