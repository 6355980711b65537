"""What is done by hand: data made, servers built and started, schemas written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.bench.signals import interruptible
from clusterbench.cli.app import tell, teller
from clusterbench.cli.assembly import COMPOSE
from clusterbench.cli.output import Output
from clusterbench.config.compose_file import has_sources, read_services, require_sources, servers
from clusterbench.config.generate_data import blobs, generate
from clusterbench.errors import StoreError
from clusterbench.local.build import build
from clusterbench.local.serve import serve, serve_image
from clusterbench.own_files import reason
from clusterbench.store.schemas import schemas

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path


def generate_data(arguments: argparse.Namespace) -> None:
    """Write a data folder."""
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


def generate_blobs(arguments: argparse.Namespace) -> None:
    """Write a model of blobs."""
    out = arguments.out
    _write(out.parent, {out.name: blobs(points=arguments.points, seed=arguments.seed)})
    Output(arguments).end(
        f"{out}: a model of {arguments.points} clusters, each a point of 3 blobs, "
        f"seed {arguments.seed}"
    )


def serve_one(arguments: argparse.Namespace) -> None:
    """Build one server and become it; where there are no sources, become a container of it."""
    services, root = read_services(COMPOSE), COMPOSE.resolve().parent
    data, say = arguments.data.absolute(), teller(quiet=arguments.quiet)
    if not has_sources(services) and arguments.name in servers(services):
        serve_image(services[arguments.name], root, data=data, port=arguments.port, say=say)
    serve(services, root, arguments.name, data=data, port=arguments.port, say=say)


def build_all(arguments: argparse.Namespace) -> None:
    """Build every server that can be built here, and ghz."""
    say, services = teller(quiet=arguments.quiet), read_services(COMPOSE)
    require_sources(services, "build")
    with interruptible():
        built = build(services, COMPOSE.resolve().parent, say)
    made = [*built.commands, *(name for name in built.programs if name in built.digests)]
    tell(f"built: {', '.join(made)}")


def write_schemas(arguments: argparse.Namespace) -> None:
    """Write the JSON schemas of what the lab reads and writes."""
    _write(arguments.out, schemas())


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {reason(error, folder)}") from error
