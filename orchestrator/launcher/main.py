"""Declares the launcher's commands; the one place where an error becomes an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from clusterbench.errors import LabError
from launcher import arguments as asked
from launcher.benching import bench
from launcher.commands import build, claims, data, doctor, plan, report, run, serve, train
from launcher.linting import lint
from launcher.locking import lock
from launcher.say import say
from launcher.testing import test

Command = Callable[[Path, Sequence[str]], int]

COMMANDS: Mapping[str, Command] = {
    "run": run,
    "plan": plan,
    "report": report,
    "train": train,
    "claims": claims,
    "bench": bench,
    "data": data,
    "doctor": doctor,
    "serve": serve,
    "build": build,
    "test": test,
    "lint": lint,
    "lock": lock,
}
USAGE = 2
INTERRUPTED = 130


def main(here: str) -> int:
    """Run the command that the command line names, for the repository at `here`."""
    signal.signal(signal.SIGTERM, _terminated)
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in {"--help", "-h", "help"}:
        sys.stdout.write(asked.HELP)
        return 0
    command = COMMANDS.get(name)
    if command is None:
        say(f"error: {name} is no command; the commands are: {', '.join(COMMANDS)}")
        return USAGE
    try:
        return command(Path(here), arguments)
    except LabError as error:
        say(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED


def _terminated(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)
