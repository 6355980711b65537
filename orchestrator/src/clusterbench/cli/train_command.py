"""`train`: time how long K-means takes to train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench.cli import options
from clusterbench.cli.parser import Command
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from clusterbench.cli.parser import Parser, Place
    from clusterbench.config.training_table import TrainingOverrides

THREADS = ("one", "all")
_SIZES = {
    "points": "observations",
    "features": "numbers in each observation",
    "clusters": "blobs in the data, and clusters",
    "passes": "how often everything is run",
}


def declare(parser: Parser, place: Place) -> None:
    """Declare the options."""
    parser.add_argument(
        "--quick", action="store_true", help="the short form: fewer passes and sizes"
    )
    for name, text in _SIZES.items():
        parser.add_argument(f"--{name}", type=options.from_one, metavar="N", help=text)
    parser.add_argument(
        "--spread", type=options.above_zero, metavar="X", help="the blobs' standard deviation"
    )
    parser.add_argument(
        "--seed", type=options.whole, metavar="N", help="of the data, the starts and the order"
    )
    names = place.names
    for option, known, text in (
        ("group", names.training_groups, "only this group"),
        ("contender", names.training_contenders, "only this contender"),
        ("threads", THREADS, "threads: one, or all of the server's CPUs"),
    ):
        parser.add_argument(
            f"--{option}", action="append", choices=known or None, metavar="NAME",
            dest=option if option == "threads" else f"{option}s",
            help=f"{text}; may be given several times: {', '.join(known)}",
        )  # fmt: skip
    options.plan(parser, place)
    options.results(parser)
    options.runtime(parser, place)
    options.install(parser, place)
    parser.add_argument(
        "--plan-only", action="store_true", help="print what would run, and start nothing"
    )
    options.json(parser)
    options.common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check everything that was given, then train, or print what would run."""
    from clusterbench.cli.assembly import assemble  # noqa: PLC0415
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.cli.planned import show  # noqa: PLC0415
    from clusterbench.config.resolve import Overrides  # noqa: PLC0415

    asked = Overrides(plan=arguments.plan, training=_training(arguments))
    parts = assemble(asked, options.DATA)
    out = Output(arguments)
    if arguments.plan_only:
        show(parts, out)
        return ExitCode.OK
    from clusterbench.cli import measuring  # noqa: PLC0415

    return measuring.measure(
        parts,
        COMMAND,
        out,
        runtime=arguments.runtime,
        results=arguments.results,
        install=getattr(arguments, "install", None),
    )


def _training(arguments: argparse.Namespace) -> TrainingOverrides:
    from clusterbench.config.training_table import TrainingOverrides  # noqa: PLC0415

    given = vars(arguments)
    named = {name: given[name] for name in ("groups", "contenders", "threads")}
    values: dict[str, Any] = {name: given[name] for name in (*_SIZES, "spread", "seed")}
    values |= {name: tuple(chosen) for name, chosen in named.items() if chosen}
    return TrainingOverrides(form="quick" if arguments.quick else "full", **values)


COMMAND = Command(
    name="train",
    summary="time how long K-means takes to train in each library",
    declare=declare,
    run=run,
)
