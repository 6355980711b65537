"""Prints a shell's completion script, in the lab's environment: it takes shtab."""

from __future__ import annotations

import sys
from pathlib import Path

import shtab

from clusterbench.cli.parser import command_line
from launcher.main import COMMANDS, place_of


def script(shell: str, root: Path) -> str:
    """Return the script that completes `lab` in a shell."""
    parser = command_line(COMMANDS, place_of(root, "lab")).parser
    text: str = shtab.complete(parser, shell=shell)
    return text


if __name__ == "__main__":
    sys.stdout.write(script(sys.argv[1], Path.cwd()))
