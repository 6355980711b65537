"""What `./lab build` and `./lab serve` do in the lab's environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from clusterbench.bench.signals import interruptible
from clusterbench.config.compose_file import read_services
from clusterbench.local.build import build
from clusterbench.local.serve import serve

if TYPE_CHECKING:
    from clusterbench.local.make import Say

COMPOSE = Path("compose.yaml")


def build_all(say: Say) -> None:
    """Build every server that can be built here, and ghz."""
    with interruptible():
        built = build(read_services(COMPOSE), COMPOSE.resolve().parent, say)
    made = [*built.commands, *(name for name in built.programs if name in built.digests)]
    say(f"built: {', '.join(made)}")


def serve_one(name: str, *, data: Path, port: int, say: Say) -> NoReturn:
    """Build one server and become it."""
    root = COMPOSE.resolve().parent
    serve(read_services(COMPOSE), root, name, data=data, port=port, say=say)
