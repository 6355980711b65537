"""The command line of the package. The one place where an error becomes an exit code.

Standard library only, until a command runs.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.cli import streams
from clusterbench.cli.commands import COMMANDS, INSTALLED
from clusterbench.cli.names import bench_given, read_names
from clusterbench.cli.old_names import heed_old_profile
from clusterbench.cli.options import check_runs
from clusterbench.cli.parser import RUNTIMES, Place, command_line
from clusterbench.errors import ExitCode, LabError
from clusterbench.own_files import is_of_a_file, trouble
from clusterbench.own_program import program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_log = logging.getLogger(__name__)

RUNTIME = "CLUSTERBENCH_RUNTIME"
"""The environment variable that the orchestrator's image sets to `docker`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, and return its exit code. An error of the lab is one message."""
    given = sys.argv[1:] if arguments is None else arguments

    def run() -> int:
        container = os.environ.get(RUNTIME) == "docker"
        place = Place(
            program=program(),
            names=read_names(Path(), bench_given(given)),
            runtimes=("docker",) if container else RUNTIMES,
            container=container,
        )
        found = command_line((*INSTALLED, *COMMANDS), place).parse(given)
        if container:  # elsewhere the launcher has warned
            heed_old_profile(found, place, tell)
        check_runs(found)
        found.command.check(found)
        return int(found.command.run(found))

    return guarded(run)


def guarded(run: Callable[[], int]) -> int:
    """Return what `run` returns, or the exit code of its error, which is told in one message."""
    if not streams.open_closed_ones():
        tell("error: standard output is closed; remedy: >/dev/null where nobody reads it")
        return ExitCode.ERROR
    streams.write_plain_letters()
    output = streams.watch_output()
    try:
        code = _code_of(run)
        sys.stdout.flush()
    except OSError as error:
        if output is None or output.failure is None:
            return _told(error)
    if output is None or output.failure is None:
        return code
    streams.mute(sys.stdout)
    if not isinstance(output.failure, BrokenPipeError):  # `./lab runs list | head`
        why = output.failure.strerror
        tell(f"error: standard output: {why}; remedy: lead it to where it can be written")
    return ExitCode.ERROR


def _code_of(run: Callable[[], int]) -> int:
    try:
        return int(run())
    except LabError as error:
        tell(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        tell("interrupted")
        return ExitCode.INTERRUPTED
    except SystemExit as end:  # --help and --version
        return end.code if isinstance(end.code, int) else ExitCode.ERROR


def _told(error: OSError) -> int:
    """Print what is wrong with a file; raise an error that is about none."""
    if not is_of_a_file(error):
        raise error
    _log.debug("where it happened:", exc_info=error)
    tell(f"error: {trouble(error)}")
    return ExitCode.HOST


def teller(*, quiet: bool) -> Callable[[str], None]:
    """Return what prints one line for the user; a quiet one prints warnings alone."""
    return lambda text: None if quiet and not text.startswith("warning:") else tell(text)


def tell(text: str) -> None:
    """Print one line on standard error. Where that cannot be, it is lost."""
    try:
        sys.stderr.write(f"lab: {text}\n")
        sys.stderr.flush()
    except OSError:
        streams.mute(sys.stderr)
