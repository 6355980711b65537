"""Every option that more than one command takes, and what each value may be.

Standard library only.
"""

from __future__ import annotations

import argparse
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.cli.names import Names
    from clusterbench.cli.parser import Parser, Place

RESULTS, DATA = Path("results"), Path("data")
HIGHEST_PORT = 65535

#: The files of a run folder that say that it is one, and which is the newest.
RUN_FILE, LATEST = "run.json", "latest"


# ------------------------------------------------------------------------------------ options


def common(parser: Parser) -> None:
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


def json(parser: Parser) -> None:
    """Declare output for programs."""
    parser.add_argument(
        "--json", action="store_true", help="print JSON on standard output, and nothing else there"
    )


def results(parser: Parser) -> None:
    """Declare where run folders are."""
    parser.add_argument(
        "--results", type=Path, metavar="DIR", default=Path(os.environ.get("RESULTS") or RESULTS),
        help=f"where run folders are (default: {RESULTS}/)",
    )  # fmt: skip


def data(parser: Parser) -> None:
    """Declare the data folder."""
    parser.add_argument(
        "--data", type=data_folder, metavar="DIR", default=DATA,
        help=f"a folder that `data generate --out DIR` made (default: {DATA}/)",
    )  # fmt: skip


def runtime(parser: Parser, place: Place) -> None:
    """Declare where servers run."""
    usual = place.usual or "docker where there is an engine"
    parser.add_argument(
        "--runtime", choices=place.runtimes, default=place.usual,
        help="where servers run: in containers (docker), or as local processes (process); "
        f"default: {usual}",
    )  # fmt: skip


def install(parser: Parser, place: Place) -> None:
    """Declare whether system packages may be installed."""
    if not place.container:
        parser.add_argument(
            "--install", action=argparse.BooleanOptionalAction, default=None,
            help="install missing system packages (h2load, a browser), or never do; by default "
            "it asks on a terminal, and without one it installs where it is root",
        )  # fmt: skip


def plan(parser: Parser, place: Place) -> None:
    """Declare the CPU plan."""
    parser.add_argument(
        "--plan", choices=place.names.plans, metavar="PLAN",
        help=f"CPU plan: {', '.join(place.names.plans)}",
    )  # fmt: skip


def resume(parser: Parser) -> None:
    """Declare which run is finished."""
    parser.add_argument(
        "--resume", action="store_true", help="finish the newest run, or the one of --run"
    )
    parser.add_argument(
        "--run", dest="run_folder", metavar="RUN", help="the run that --resume finishes"
    )


def experiment(parser: Parser, place: Place) -> None:
    """Declare what changes a profile."""
    names = place.names
    parser.add_argument(
        "--profile", choices=names.profiles or None, metavar="PROFILE",
        help="the experiment, see below; default: PROFILE of the environment, else bench.toml's",
    )  # fmt: skip
    plan(parser, place)
    parser.add_argument(
        "--contender", dest="contenders", action="append", metavar="NAME",
        choices=names.contenders or None,
        help="only this contender of bench.toml, see below; may be given several times",
    )  # fmt: skip
    parser.epilog = _listed(names)
    parser.add_argument(
        "--levels", type=levels, metavar="N,N,...",
        help="levels for ghz in place of the sweeps: 64,256",
    )  # fmt: skip
    timing(parser)
    parser.add_argument(
        "--duration", type=above_zero, metavar="SECONDS",
        help="duration of each trial that is measured as published",
    )  # fmt: skip


def timing(parser: Parser) -> None:
    """Declare how often and how long everything is measured."""
    parser.add_argument("--rounds", type=from_one, metavar="N", help="how many rounds")
    parser.add_argument(
        "--window", type=above_zero, metavar="SECONDS", help="length of each window"
    )
    parser.add_argument(
        "--warm-up", type=from_zero, metavar="SECONDS", help="longest warm-up; 0 for none"
    )
    parser.add_argument("--seed", type=whole, metavar="N", help="shuffles contenders and levels")


def run_argument(parser: Parser, *, many: bool = False) -> None:
    """Declare run folders; the newest where none is named."""
    parser.add_argument(
        "run_names" if many else "run_name", nargs="*" if many else "?", metavar="RUN",
        help="a run folder, or the name of one in --results; default: the newest",
    )  # fmt: skip


def check_runs(arguments: argparse.Namespace) -> None:
    """Check that the runs that are named are there. Raises ConfigError."""
    given = vars(arguments)
    if "run_name" in given:
        find_run(given["run_name"], arguments.results)
    if "run_names" in given:
        for name in given["run_names"] or [None]:
            find_run(name, arguments.results)
    if given.get("resume") or given.get("run_folder"):
        find_run(given["run_folder"], arguments.results)


# ------------------------------------------------------------------------------- values


def whole(text: str) -> int:
    """Read a whole number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: it takes a whole number") from None


def from_one(text: str) -> int:
    """Read a whole number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: it takes a whole number from 1 up")
    return int(text)


def from_zero(text: str) -> float:
    """Read a number, 0 or more."""
    return _number(text, "0 or more", lambda value: value >= 0)


def above_zero(text: str) -> float:
    """Read a number above 0."""
    return _number(text, "above 0", lambda value: value > 0)


def _number(text: str, allowed: str, fits: Callable[[float], bool]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not fits(value) or value == float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: it takes a number {allowed}")
    return value


def levels(text: str) -> tuple[int, ...]:
    """Read `64,256` as levels, each once."""
    found = text.replace(",", " ").split()
    if not found or not all(word.isdecimal() and int(word) > 0 for word in found):
        raise argparse.ArgumentTypeError(f"{text}: it takes whole numbers from 1 up, like 64,256")
    return tuple(dict.fromkeys(int(word) for word in found))


def port(text: str) -> int:
    """Read a port."""
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port: 1 to {HIGHEST_PORT}")
    return int(text)


def days(text: str) -> float:
    """Read an age in days: `30d`, or `30`."""
    return above_zero(text.removesuffix("d"))


def data_folder(text: str) -> Path:
    """Read the path of a data folder, which must hold a model."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    if not (path / "model.json").is_file():
        raise argparse.ArgumentTypeError(
            f"{text} holds no model.json; `data generate --out DIR` makes a data folder"
        )
    return path


def _listed(names: Names) -> str:
    """Return the profiles with what they are for, and the contenders."""
    wide = max(map(len, names.profiles), default=0)
    lines = [f"  {name:{wide}}  {names.descriptions.get(name, '')}" for name in names.profiles]
    contenders = textwrap.wrap(
        ", ".join(names.contenders), 78, initial_indent="  ", subsequent_indent="  ",
        break_on_hyphens=False,
    )  # fmt: skip
    return "\n".join(["profiles:", *lines, "", "contenders:", *contenders]) if lines else ""


# --------------------------------------------------------------------------- run folders


def find_run(given: str | None, results: Path) -> Path:
    """Find a run folder: a path, or the name of one in `results`; the newest where none is given.

    Raises ConfigError where there is none.
    """
    if given is None:
        link = results / LATEST
        if not (link / RUN_FILE).is_file():
            raise ConfigError(f"{results}: no run here yet; `run` makes one")
        return results / link.resolve().name
    for path in (Path(given), results / given):
        if (path / RUN_FILE).is_file():
            return path
    if Path(given).is_dir():
        raise ConfigError(f"{given}: not a run folder, it has no {RUN_FILE}")
    names = run_names(results)
    if not names:
        raise ConfigError(f"{given}: no such run, and {results} holds none yet; `run` makes one")
    raise ConfigError(f"{given}: no such run; {one_of(given, names)}")


def run_names(results: Path) -> Sequence[str]:
    """Return the names of the runs in a results folder, the newest first."""
    found = (file.parent for file in results.glob(f"*/{RUN_FILE}"))
    return sorted({path.name for path in found if not path.is_symlink()}, reverse=True)
