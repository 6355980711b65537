"""Prints a shell's completion script, in the lab's environment: it takes shtab."""

from __future__ import annotations

import sys
from pathlib import Path

import shtab

from clusterbench.cli import app
from clusterbench.cli.parser import command_line
from clusterbench.errors import ExitCode
from launcher.main import COMMANDS, place_of


def write(shell: str, *bench: str) -> int:
    """Write the script of a shell to standard output, with the names of the file `bench`."""
    place = place_of(Path.cwd(), "lab", *map(Path, bench))
    lab = command_line(COMMANDS, place).parser
    sys.stdout.write(shtab.complete(lab, shell=shell))
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(app.guarded(lambda: write(*sys.argv[1:])))
