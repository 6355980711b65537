"""Prints a shell's completion script, in the lab's environment: it takes shtab."""

from __future__ import annotations

import sys
from pathlib import Path

import shtab

from clusterbench.cli.parser import command_line
from launcher.main import COMMANDS, place_of

if __name__ == "__main__":
    lab = command_line(COMMANDS, place_of(Path.cwd(), "lab")).parser
    sys.stdout.write(shtab.complete(lab, shell=sys.argv[1]))
