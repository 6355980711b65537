"""What a command line asks for: changes to a profile, and the run that is to be finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.cli.options import find_run
from clusterbench.config.resolve import Overrides
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    import argparse


def overrides(arguments: argparse.Namespace) -> Overrides:
    """Return what the command line changes in a profile."""
    given = vars(arguments)
    names = ("profile", "plan", "levels", "rounds", "window", "warm_up", "seed", "duration")
    contenders = given.get("contenders")
    return Overrides(
        **{name: given.get(name) for name in names},
        contenders=tuple(contenders) if contenders else None,
    )


def resumed(arguments: argparse.Namespace) -> RunFolder | None:
    """Open the run that is to be finished, if any."""
    if not arguments.resume and arguments.run_folder is None:
        return None
    return RunFolder.open(find_run(arguments.run_folder, arguments.results))
