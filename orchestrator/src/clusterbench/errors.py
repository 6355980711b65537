"""What can go wrong, as one tree. Each error says what happened, to what, and what to do.

    LabError                    exit code
      ConfigError               2   bench.toml, compose.yaml or an option is wrong
      HostError                 3   this host lacks something that the run needs
        EngineLost                  the engine that it ran on answers no more
      RunRefused                4   another run is in progress, or --resume does not fit
      MeasureError              5   a server, a generator or a trial failed
        ServerFailed                did not start, died, or answered wrongly
        GeneratorFailed             did not start, or its output cannot be used
        JobFailed                   a one-off command (a pass of training) failed
      StoreError                6   the run folder cannot be written or read
      NotCompared               7   two servers cannot be compared, or were not

The command line maps an error to its exit code in one place. Standard library only: `./lab`
imports this before any environment exists.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class ExitCode(IntEnum):
    """What a command exits with; docs/commands.md has the same table."""

    OK = 0
    ERROR = 1
    """An error of no other kind; `lint` or `test` failed, or a point of `verify`."""
    REGRESSION = 1
    """`compare`: the candidate is worse by more than was allowed, beyond noise."""
    CONFIG = 2
    """A file or an option is wrong: nothing was started."""
    HOST = 3
    """This host lacks something that is needed."""
    REFUSED = 4
    """Another run is in progress, or the run to resume does not fit."""
    FAILED = 5
    """Something failed while it was measured; the rest was measured and is kept."""
    STORE = 6
    """A run folder cannot be written or read."""
    NOT_COMPARED = 7
    """`compare`: there are no figures of both; or noise hides the answer, where that is to fail."""
    INTERRUPTED = 130
    """Ended by Ctrl-C or SIGTERM; what was measured is kept."""


class LabError(Exception):
    """Anything the lab reports in one message, without a traceback."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERROR


class ConfigError(LabError):
    """A file or an option says something that cannot be run."""

    exit_code = ExitCode.CONFIG


class HostError(LabError):
    """A host lacks something: an engine, CPUs, a tool, disk space."""

    exit_code = ExitCode.HOST


class EngineLost(HostError):  # noqa: N818 - it is what happened
    """The engine of a run answers no more, or was held by the run and is not any more."""


class RunRefused(LabError):  # noqa: N818 - the run did not err, it was refused
    """A run may not start: another is in progress, or the one to resume differs."""

    exit_code = ExitCode.REFUSED


class MeasureError(LabError):
    """A turn or a trial failed; the run goes on with the next.

    The last lines of `output`, what the failed one wrote, belong to the message.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(f"{message}\n{indent(output)}" if output.strip() else message)


class ServerFailed(MeasureError):  # noqa: N818
    """A server did not start, died, or answered wrongly."""


class GeneratorFailed(MeasureError):  # noqa: N818
    """A load generator did not start, failed, or printed what cannot be used."""


class ProfilerFailed(MeasureError):  # noqa: N818
    """A profiler may not sample a server here, or gave nothing."""


class JobFailed(MeasureError):  # noqa: N818
    """A one-off job failed."""


class StoreError(LabError):
    """The run folder cannot be written, or holds what cannot be read."""

    exit_code = ExitCode.STORE


class NotCompared(LabError):  # noqa: N818
    """Two servers cannot be compared: they do different things, or one of them fails."""

    exit_code = ExitCode.NOT_COMPARED


@contextmanager
def first_counts() -> Iterator[None]:
    """Log an error of what it wraps while another is on its way: it is that one that counts."""
    first = sys.exception()
    try:
        yield
    except LabError as error:
        if first is None:
            raise
        logging.getLogger(__name__).warning("%s", error)


def indent(text: str, lines: int = 20) -> str:
    """Return the last `lines` lines of `text`, each behind a bar."""
    return "\n".join(f"  | {line}" for line in text.rstrip().splitlines()[-lines:])


def shown(text: str, most: int = 40) -> str:
    """Return what was given as a message can show it: in one line, cut where it is long.

    A text that is empty, or holds more than plain words do, is put into quotation marks.
    """
    cut = text if len(text) <= most else f"{text[:most]}..."
    plain = cut.isascii() and cut.isprintable() and cut and " " not in cut
    return cut if plain else ascii(cut)


def cannot_resume(what: str, would: str, found: Iterable[str]) -> RunRefused:
    """Return the error for what is not the same any more, a line for each difference."""
    return RunRefused(
        f"{what} cannot be resumed, since what would {would} now differs:\n"
        + "\n".join(f"  {line}" for line in found)
        + "\nmake it as it was, or start a new run without --resume"
    )


def one_of(name: str, choices: Iterable[str]) -> str:
    """Return what to say of a name that is none of the choices: what was meant, what is allowed.

    Of more than 15 choices only the nearest are listed.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

    allowed = list(choices)
    near = get_close_matches(name, allowed, n=3)
    meant = f"did you mean {near[0]!r}? " if near else ""
    if near and len(allowed) > 15:  # noqa: PLR2004 - more than a reader looks through
        return f"{meant}allowed: {', '.join(near)}, ... ({len(allowed)} in all)"
    return f"{meant}allowed: {', '.join(allowed) or 'none is there'}"
