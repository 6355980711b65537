"""`claims`: judge the published claims by one run, or several of one host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place


def declare(parser: Parser, _place: Place) -> None:
    """Declare the options."""
    options.run_argument(parser, many=True)
    options.results(parser)
    options.json(parser)
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Judge each claim by whichever run measured it."""
    from clusterbench.cli.judging import show  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415

    names = arguments.run_names or [None]
    show([options.find_run(name, arguments.results) for name in names], Output(arguments))
    return ExitCode.OK


COMMAND = Command(
    name="claims",
    summary="judge the published claims by a run, or by several",
    words="[RUN ...]",
    group=Group.RESULTS,
    declare=declare,
    check=options.check_runs,
    run=run,
)
