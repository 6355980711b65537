"""`schema`: the JSON schemas of what the lab reads and writes, for those who change its classes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place


def declare(parser: Parser, _place: Place) -> None:
    """Declare the options."""
    parser.add_argument(
        "out", nargs="?", type=Path, metavar="DIR", default=Path("orchestrator/schema"),
        help="the folder to write into (default: orchestrator/schema)",
    )  # fmt: skip
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the JSON schemas."""
    from clusterbench.store.schemas import schemas  # noqa: PLC0415

    for name, content in schemas().items():
        (arguments.out / name).write_bytes(content)
    return ExitCode.OK


COMMAND = Command(
    name="schema",
    summary="write the JSON schemas of run folders again",
    words="[DIR]",
    group=Group.DEVELOPING,
    declare=declare,
    run=run,
    hidden=True,
    contained=False,
)
