"""`build` and `serve`: servers as local processes, for anybody's client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place


def declare_serve(parser: Parser, place: Place) -> None:
    """Declare the options of `serve`."""
    servers = place.names.services
    parser.add_argument(
        "name", metavar="NAME", choices=servers or None, help=f"a server: {', '.join(servers)}"
    )
    options.data(parser)
    parser.add_argument(
        "--port", type=options.port, default=5001, metavar="PORT", help="default: 5001"
    )
    if place.usual is None:
        options.runtime(parser, place)
    options.common(parser)


def declare_build(parser: Parser, _place: Place) -> None:
    """Declare the options of `build`."""
    options.common(parser)


def run_serve(arguments: argparse.Namespace) -> int:
    """Build one server and become it."""
    from clusterbench.cli.app import teller  # noqa: PLC0415
    from clusterbench.cli.assembly import COMPOSE  # noqa: PLC0415
    from clusterbench.config.compose_file import read_services  # noqa: PLC0415
    from clusterbench.local.serve import serve  # noqa: PLC0415

    root = COMPOSE.resolve().parent
    given = arguments
    serve(
        read_services(COMPOSE), root, given.name, data=given.data.absolute(), port=given.port,
        say=teller(quiet=given.quiet),
    )  # fmt: skip


def run_build(arguments: argparse.Namespace) -> int:
    """Build every server that can be built here, and ghz."""
    from clusterbench.bench.signals import interruptible  # noqa: PLC0415
    from clusterbench.cli.app import tell, teller  # noqa: PLC0415
    from clusterbench.cli.assembly import COMPOSE  # noqa: PLC0415
    from clusterbench.config.compose_file import read_services  # noqa: PLC0415
    from clusterbench.local.build import build  # noqa: PLC0415

    with interruptible():
        built = build(
            read_services(COMPOSE), COMPOSE.resolve().parent, teller(quiet=arguments.quiet)
        )
    made = [*built.commands, *(name for name in built.programs if name in built.digests)]
    tell(f"built: {', '.join(made)}")
    return ExitCode.OK


SERVE = Command(
    name="serve",
    summary="start one server on localhost:5001, until Ctrl-C: serve rust-tonic",
    words="NAME",
    group=Group.BY_HAND,
    declare=declare_serve,
    run=run_serve,
    contained=False,
)
BUILD = Command(
    name="build",
    summary="build servers and ghz as local processes need them",
    group=Group.BY_HAND,
    declare=declare_build,
    run=run_build,
    contained=False,
)
