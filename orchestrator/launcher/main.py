"""The launcher: reads and checks the command line, then has the command started."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from clusterbench.bench.signals import handled
from clusterbench.cli import app, commands, options
from clusterbench.cli.names import bench_given, read_names
from clusterbench.cli.old_names import heed_old_profile
from clusterbench.cli.parser import Place, command_line
from launcher import developing
from launcher.say import be_quiet

if TYPE_CHECKING:
    import argparse

COMMANDS = (*commands.COMMANDS, *developing.commands())


def main(here: str) -> int:
    """Run the command that the command line names, for the repository at `here`."""
    with handled([signal.SIGTERM], _interrupt):
        return app.guarded(lambda: launch(Path(here), sys.argv[1:], typed(sys.argv[0])))


def launch(root: Path, arguments: list[str], program: str = "./lab") -> int:
    """Check a command line against the repository at `root`, then start what it asks for.

    Raises LabError. Nothing is made, installed or built before names and folders are checked.
    """
    place = place_of(root, program, bench_given(arguments))
    found = command_line(COMMANDS, place).parse(arguments)
    heed_old_profile(found, place, app.tell)
    settle(found, root)
    options.check_runs(found)
    found.command.check(found)
    name_runs(found)
    if getattr(found, "quiet", False):
        be_quiet()
    if getattr(found, "verbose", False):
        logging.basicConfig(level=logging.DEBUG, format="  %(message)s")
    if found.command not in commands.COMMANDS:
        return int(found.command.run(found))
    from launcher.starting import start  # noqa: PLC0415 - the help takes none of it

    return start(root, found, place)


def place_of(root: Path, program: str, bench: Path | None = None) -> Place:
    """Return how a command line is read in a repository: where servers run is chosen later.

    `bench` is the file that is read in the place of bench.toml.
    """
    return Place(program=program, names=read_names(root, bench), usual=None)


def typed(program: str) -> str:
    """Return what the user typed: the name alone, where it was found on PATH."""
    path = Path(program)
    return path.name if path.is_absolute() else program


def settle(found: argparse.Namespace, root: Path) -> None:
    """Make paths absolute: those given from where the user stands, the usual ones from the root."""
    found.root = root
    for name, value in vars(found).items():
        if isinstance(value, Path):
            usual = value is found.leaf.get_default(name)
            setattr(found, name, root / value if usual else value.absolute())


def name_runs(found: argparse.Namespace) -> None:
    """Replace the names of runs by their folders."""
    given = vars(found)
    for name in ("run_name", "run_folder"):
        if given.get(name) is not None:
            setattr(found, name, str(options.find_run(given[name], found.results).absolute()))
    if "run_names" in given:
        paths = [options.find_run(name, found.results) for name in found.run_names]
        found.run_names = [str(path.absolute()) for path in paths]


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
