"""`init`: writes a lab into a folder, and says what comes next."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.cli.output import Output
from clusterbench.local.new_lab import images_of_this_version, write_lab
from clusterbench.own_program import program

if TYPE_CHECKING:
    import argparse


def init(arguments: argparse.Namespace) -> None:
    """Write a lab into a folder."""
    out, folder, images = Output(arguments), arguments.folder, images_of_this_version()
    write_lab(folder, images, force=arguments.force)
    out.say(f"{folder}: a lab whose images are {images.registry}/...:{images.tag}")
    enter = [] if folder.resolve() == Path.cwd() else [f"cd {shlex.quote(str(folder))}"]
    called = _called(Path(sys.prefix))
    then = {
        f"{called} doctor": "what is missing here, or would spoil the figures",
        f"{called} run --profile quick": "pulls the images, then a minute of load",
        "docker compose up orchestrator": "the profile standard, 12 minutes, by Docker alone",
    }
    wide = max(map(len, then)) + 2
    lines = [*enter, *(f"{command:{wide}}{what}" for command, what in then.items())]
    out.end("\n".join(["next:", *(f"  {line}" for line in lines)]))


def _called(environment: Path) -> str:
    """Return how the command is called again: what runs a package once leaves none on PATH."""
    parts = environment.parts
    if any(part.startswith("archive-v") for part in parts):
        return f"uvx {program()}"
    return f"pipx run {program()}" if "pipx" in parts and "venvs" not in parts else program()
