"""`export`: a run's tables as CSV, Parquet or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place

FORMATS = ("csv", "parquet", "json")
TABLES = ("cells", "contenders", "trials", "comparisons", "training", "requests")
"""Those of `store.frames`, which takes pandas; a test holds that they are the same."""


def declare(parser: Parser, _place: Place) -> None:
    """Declare the options."""
    options.run_argument(parser)
    options.results(parser)
    parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help="the folder to write into"
    )
    parser.add_argument(
        "--table", dest="tables", action="append", choices=TABLES, metavar="TABLE",
        help=f"only this table; may be given several times: {', '.join(TABLES)}; default: all but "
        "requests, which can be gigabytes",
    )  # fmt: skip
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the tables of a run, a file each, with units in the columns' names."""
    import clusterbench  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.store import export  # noqa: PLC0415

    path = options.find_run(arguments.run_name, arguments.results)
    out = Output(arguments)
    opened = clusterbench.open(path)
    tables = arguments.tables or export.DEFAULT_TABLES
    for file in export.write(opened, arguments.format, arguments.out, tables):
        out.end(f"written: {file}")
    return ExitCode.OK


COMMAND = Command(
    name="export",
    summary="write a run's tables as CSV, Parquet or JSON",
    words="[RUN]",
    group=Group.RESULTS,
    declare=declare,
    check=options.check_runs,
    run=run,
)
