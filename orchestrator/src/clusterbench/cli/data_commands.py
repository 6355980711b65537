"""`data generate` and `data blobs`: models, and requests for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group
from clusterbench.errors import ExitCode, StoreError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from clusterbench.cli.parser import Parser, Place


def declare_generate(parser: Parser, _place: Place) -> None:
    """Declare the options of `data generate`."""
    for name, usual, text in (
        ("clusters", 100, "centroids of the model"),
        ("features", 2, "numbers in an observation"),
        ("samples", 1000, "requests of one observation"),
        ("batch", 10, "observations in each of 100 batches"),
    ):
        parser.add_argument(
            f"--{name}", type=options.from_one, default=usual, metavar="N",
            help=f"{text} (default: {usual})",
        )  # fmt: skip
    _seed(parser)
    parser.add_argument(
        "--out", type=Path, default=options.DATA, metavar="DIR",
        help=f"the folder to write (default: {options.DATA}/)",
    )  # fmt: skip
    options.common(parser)


def declare_blobs(parser: Parser, _place: Place) -> None:
    """Declare the options of `data blobs`."""
    parser.add_argument(
        "--points", type=options.from_one, default=100, metavar="N",
        help="points, each a centroid (default: 100)",
    )  # fmt: skip
    _seed(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file to write")
    options.common(parser)


def _seed(parser: Parser) -> None:
    parser.add_argument(
        "--seed", type=options.whole, default=1, metavar="N",
        help="the same seed gives the same bytes (default: 1)",
    )  # fmt: skip


def run_generate(arguments: argparse.Namespace) -> int:
    """Write a data folder."""
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.config.generate_data import generate  # noqa: PLC0415

    given = arguments
    files = generate(
        clusters=given.clusters, features=given.features, samples=given.samples,
        batch=given.batch, seed=given.seed,
    )  # fmt: skip
    _write(given.out, files)
    Output(arguments).end(
        f"{given.out}: a model of {given.clusters} clusters by {given.features} features, "
        f"{given.samples} requests, 100 batches of {given.batch}, seed {given.seed}"
    )
    return ExitCode.OK


def run_blobs(arguments: argparse.Namespace) -> int:
    """Write a model of blobs."""
    from clusterbench.cli.output import Output  # noqa: PLC0415
    from clusterbench.config.generate_data import blobs  # noqa: PLC0415

    out = arguments.out
    content = blobs(points=arguments.points, seed=arguments.seed)
    _write(out.parent, {out.name: content})
    Output(arguments).end(
        f"{out}: a model of {arguments.points} clusters, each a point of 3 blobs, "
        f"seed {arguments.seed}"
    )
    return ExitCode.OK


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from error


GENERATE = Command(
    name="data generate",
    summary="make a data folder: a model, and requests for it",
    group=Group.BY_HAND,
    declare=declare_generate,
    run=run_generate,
)
BLOBS = Command(
    name="data blobs",
    summary="make a model whose centroids are points of blobs, as published",
    group=Group.BY_HAND,
    declare=declare_blobs,
    run=run_blobs,
)
