"""Two run folders in the place of the arms of `compare`.

Standard library only: `./lab` asks this before any environment exists.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.cli.options import find_run
from clusterbench.errors import ConfigError
from clusterbench.model.compare_plan import Arm
from clusterbench.store.newest_run import LATEST, is_run, named_as_run

if TYPE_CHECKING:
    import argparse


def is_a_run(text: str) -> bool:
    """Return whether an arm is a run: a run folder, the name of one, or `latest`."""
    path = Path(text)
    return path.name == LATEST or named_as_run(path.name) or is_run(path)


def runs_given(arguments: argparse.Namespace) -> tuple[Path, Path] | None:
    """Return the folders of both runs; None where the arms are servers.

    Raises ConfigError where one is a run and the other is not, or where there is no such run.
    """
    given = [getattr(arguments, arm) for arm in Arm]
    runs = [each for each in given if is_a_run(each)]
    if not runs:
        return None
    if len(runs) < len(given):
        other = next(each for each in given if each not in runs)
        raise ConfigError(
            f"compare {' '.join(given)}: {runs[0]} is a run, and {other} is not; compare two runs, "
            "or two servers"
        )
    first, second = (find_run(each, arguments.results) for each in given)
    return first, second
