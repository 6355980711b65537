"""`bench`, `bench calls` and `bench overload`: always local processes, as no image holds these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place

OVERLOAD = "overload"
"""The profile that `bench overload` runs."""


def declare(parser: Parser, place: Place) -> None:
    """Declare the options of `bench`."""
    names = place.names.comparisons
    parser.add_argument(
        "names", nargs="*", metavar="NAME", choices=names or None,
        help=f"a comparison (default: all): {', '.join(names)}",
    )  # fmt: skip
    _measured(parser, place)


def declare_overload(parser: Parser, place: Place) -> None:
    """Declare the options of `bench overload`."""
    parser.add_argument(
        "names", nargs="*", metavar="CONTENDER", choices=place.names.contenders or None,
        help="a contender (default: all of the profile)",
    )  # fmt: skip
    _measured(parser, place)


def declare_calls(parser: Parser, _place: Place) -> None:
    """Declare the options of `bench calls`."""
    parser.add_argument("--rounds", type=options.from_one, metavar="N", help="how many turns")
    options.results(parser)
    options.common(parser)


def _measured(parser: Parser, place: Place) -> None:
    options.plan(parser, place)
    options.timing(parser)
    options.data(parser)
    options.results(parser)
    options.install(parser, place)
    options.resume(parser)
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check every comparison that was named, then run one after another."""
    from clusterbench.cli import asked, comparing  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415

    return comparing.compare(
        arguments.names,
        asked.overrides(arguments),
        Output(arguments),
        data=arguments.data,
        results=arguments.results,
        install=arguments.install,
        resumed=asked.resumed(arguments),
    )


def run_overload(arguments: argparse.Namespace) -> int:
    """Run the profile `overload`."""
    import dataclasses  # noqa: PLC0415

    from clusterbench.cli import asked, measuring, run_command  # noqa: PLC0415
    from clusterbench.cli.assembly import assemble  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415

    changes = dataclasses.replace(
        asked.overrides(arguments),
        profile=OVERLOAD,
        contenders=tuple(arguments.names) or None,
    )
    return measuring.measure(
        assemble(changes, arguments.data, asked.resumed(arguments)),
        run_command.COMMAND,
        Output(arguments),
        runtime="process",
        results=arguments.results,
        install=arguments.install,
    )


def run_calls(arguments: argparse.Namespace) -> int:
    """Time single calls, without a server."""
    from clusterbench.cli.assembly import read_bench  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.cli.timing_calls import time_calls  # noqa: PLC0415

    turns = arguments.rounds or read_bench().calls_rounds
    time_calls(turns, results=arguments.results, out=Output(arguments))
    return ExitCode.OK


COMMAND = Command(
    name="bench",
    summary="compare each server with its alternatives: docs/bench.md",
    words="[NAME ...]",
    declare=declare,
    check=options.check_runs,
    run=run,
    contained=False,
)
CALLS = Command(
    name="bench calls",
    summary="time single calls, without a server",
    declare=declare_calls,
    run=run_calls,
    contained=False,
)
OVERLOADED = Command(
    name="bench overload",
    summary="load servers with more than they can take, and stop them in the middle of it",
    words="[CONTENDER ...]",
    declare=declare_overload,
    check=options.check_runs,
    run=run_overload,
    contained=False,
)
