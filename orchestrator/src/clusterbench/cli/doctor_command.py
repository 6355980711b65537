"""`doctor`: what is missing here, or would spoil figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place


def declare(parser: Parser, place: Place) -> None:
    """Declare the options."""
    options.runtime(parser, place)
    options.results(parser)
    options.json(parser)
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is missing or would spoil figures, and the fix."""
    from rich.table import Table  # noqa: PLC0415

    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.doctor import checks  # noqa: PLC0415
    from clusterbench.doctor.findings import State  # noqa: PLC0415

    out = Output(arguments)
    findings = checks.doctor(results=arguments.results, runtime=arguments.runtime)
    out.data({"runtime": arguments.runtime, "findings": findings})
    table = Table(show_edge=False)
    for heading in ("subject", "", "found", "what to do"):
        table.add_column(heading)
    for finding in findings:
        if finding.state is not State.OK or not arguments.quiet:
            table.add_row(finding.subject, finding.state, finding.found, finding.remedy)
    out.table(table)
    return ExitCode.HOST if any(f.state is State.MISSING for f in findings) else ExitCode.OK


COMMAND = Command(
    name="doctor",
    summary="print what is missing here, or would spoil the figures, and the fix",
    declare=declare,
    run=run,
)
