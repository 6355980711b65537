"""`report`: make a run's plots and page again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place


def declare(parser: Parser, place: Place) -> None:
    """Declare the options."""
    options.run_argument(parser)
    options.results(parser)
    if place.usual is None:
        parser.add_argument(
            "--runtime", choices=place.runtimes,
            help="where the report is made: docker's image has the browser that draws the SVG and "
            "PNG files; default: docker where there is an engine",
        )  # fmt: skip
    options.install(parser, place)
    options.json(parser)
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make summary, plots and page of a run again, from what it measured."""
    from clusterbench.cli.assembly import provide  # noqa: PLC0415
    from clusterbench.cli.concluding import report_again  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.store.run_folder import RunFolder  # noqa: PLC0415

    folder = RunFolder.open(options.find_run(arguments.run_name, arguments.results))
    out = Output(arguments)
    provide(["browser"], install=getattr(arguments, "install", False), say=out.say)
    out.data(report_again(folder, out))
    return ExitCode.OK


COMMAND = Command(
    name="report",
    summary="make the plots and the page of a run again",
    words="[RUN]",
    group=Group.RESULTS,
    declare=declare,
    check=options.check_runs,
    run=run,
)
