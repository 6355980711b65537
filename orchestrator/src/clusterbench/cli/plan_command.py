"""`plan`: what a run would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place


def declare(parser: Parser, place: Place) -> None:
    """Declare the options: those of `run` that say what is measured."""
    options.experiment(parser, place)
    options.data(parser)
    options.results(parser)
    options.resume(parser)
    options.json(parser)
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what would run, on which CPUs, and how long it would take. Starts nothing."""
    from clusterbench.cli import asked  # noqa: PLC0415
    from clusterbench.cli.assembly import assemble  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.cli.planned import show  # noqa: PLC0415

    parts = assemble(asked.overrides(arguments), arguments.data, asked.resumed(arguments))
    show(parts, Output(arguments))
    return ExitCode.OK


COMMAND = Command(
    name="plan",
    summary="print what a run would do: on which CPUs, in which order, how long",
    declare=declare,
    check=options.check_runs,
    run=run,
)
