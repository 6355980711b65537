"""`run`: measure a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place


def declare(parser: Parser, place: Place) -> None:
    """Declare the options."""
    options.experiment(parser, place)
    options.data(parser)
    options.results(parser)
    options.runtime(parser, place)
    options.install(parser, place)
    options.resume(parser)
    options.json(parser)
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check everything that was given, then measure."""
    from clusterbench.cli import asked, measuring  # noqa: PLC0415
    from clusterbench.cli.assembly import assemble  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415

    parts = assemble(asked.overrides(arguments), arguments.data, asked.resumed(arguments))
    return measuring.measure(
        parts,
        COMMAND,
        Output(arguments),
        runtime=arguments.runtime,
        results=arguments.results,
        install=getattr(arguments, "install", None),
    )


COMMAND = Command(
    name="run",
    summary="build everything, run an experiment, write its plots and page",
    declare=declare,
    check=options.check_runs,
    run=run,
)
