"""What both adapters say of a command: its files' names, its end, its outputs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterbench.errors import GeneratorFailed
from clusterbench.model.execution import Completed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clusterbench.model.units import Seconds

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def plain(name: str) -> str:
    """Return the name back. Raises GeneratorFailed for one that could lead out of the folder."""
    if not _PLAIN_NAME.fullmatch(name):
        raise GeneratorFailed(f"{name!r} is not a plain file name")
    return name


def program(command: Sequence[str]) -> str:
    """Return the name of a command's program, also behind `env NAME=VALUE ...`."""
    return next((word for word in command if word != "env" and "=" not in word), "a command")


def ended(status: int | None) -> str:
    """Return how a process ended."""
    if status is not None and status < 0:
        return f"killed by signal {-status}"
    return f"exit status {status}"


def too_late(name: str, timeout: Seconds, stderr: str) -> GeneratorFailed:
    """Return the error of a generator's command that took too long."""
    return GeneratorFailed(f"{name} did not end within {timeout:g} s", stderr)


def completed(
    name: str,
    *,
    status: int,
    stdout: str,
    stderr: str,
    outputs: Sequence[str],
    fetch: Callable[[str], Path | None],
) -> Completed:
    """Fetch what a generator's command left; `fetch` returns None for what is not there.

    Raises GeneratorFailed when an output is missing though it exited with 0.
    """
    files: dict[str, Path] = {}
    for output in outputs:
        if path := fetch(output):
            files[output] = path
        elif status == 0:
            raise GeneratorFailed(f"{name} exited with 0 but wrote no {output}", stderr)
    return Completed(exit_status=status, stdout=stdout, stderr=stderr, outputs=files)
