"""What can go wrong, as one tree. Each error says what happened, to what, and what to do.

    LabError                    exit code
      ConfigError               2   bench.toml, compose.yaml or an option is wrong
      HostError                 3   this host lacks something that the run needs
      RunRefused                4   another run is in progress, or --resume does not fit
      MeasureError              5   a server, a generator or a trial failed
        ServerFailed                did not start, died, or answered wrongly
        GeneratorFailed             did not start, or its output cannot be used
        JobFailed                   a one-off command (a pass of training) failed
      StoreError                6   the run folder cannot be written or read

`cli.main` maps an error to its exit code: nowhere else does one become an exit code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

from typing import ClassVar


#: Of more choices than this, only those near to what was said are listed.
_MANY = 15


class LabError(Exception):
    """Anything the lab reports in one message, without a traceback."""

    exit_code: ClassVar[int] = 1


class ConfigError(LabError):
    """A file or an option says something that cannot be run."""

    exit_code = 2


class HostError(LabError):
    """A host lacks something: an engine, CPUs, a tool, disk space."""

    exit_code = 3


class RunRefused(LabError):  # noqa: N818 - the run did not err, it was refused
    """A run may not start: another is in progress, or the one to resume differs."""

    exit_code = 4


class MeasureError(LabError):
    """A turn or a trial failed; the run goes on with the next."""

    exit_code = 5


class ServerFailed(MeasureError):  # noqa: N818
    """A server did not start, died, or answered wrongly.

    `logs` holds its last lines, and belongs to the message.
    """

    def __init__(self, message: str, logs: str = "") -> None:
        self.logs = logs
        super().__init__(f"{message}\n{indent(logs)}" if logs.strip() else message)


class GeneratorFailed(MeasureError):  # noqa: N818
    """A load generator did not start, failed, or printed what cannot be used."""


class JobFailed(MeasureError):  # noqa: N818
    """A one-off job failed; `output`, its last lines, belongs to the message."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(f"{message}\n{indent(output)}" if output.strip() else message)


class StoreError(LabError):
    """The run folder cannot be written, or holds what cannot be read."""

    exit_code = 6


def indent(text: str, lines: int = 20) -> str:
    """Return the last `lines` lines of `text`, each behind a bar."""
    return "\n".join(f"  | {line}" for line in text.rstrip().splitlines()[-lines:])


def cannot_resume(what: str, would: str, found: Iterable[str]) -> RunRefused:
    """Return the error for what is not the same any more, a line for each difference."""
    return RunRefused(
        f"{what} cannot be resumed, since what would {would} now differs:\n"
        + "\n".join(f"  {line}" for line in found)
        + "\nmake it as it was, or start a new run without --resume"
    )


def one_of(name: str, choices: Iterable[str]) -> str:
    """Return what to say of a name that is none of the choices: what was meant, what is allowed."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

    allowed = list(choices)
    near = get_close_matches(name, allowed, n=3)
    meant = f"did you mean {near[0]!r}? " if near else ""
    if near and len(allowed) > _MANY:
        allowed = [*near, f"... ({len(allowed)} in all)"]
    return f"{meant}allowed: {', '.join(allowed) or 'nothing'}"
