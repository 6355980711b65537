"""What the adapters share in reading a command that ended: its exit status and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import GeneratorFailed

if TYPE_CHECKING:
    from collections.abc import Collection

    from clusterbench.model.execution import Completed


def unusable(name: str, completed: Completed, why: str) -> GeneratorFailed:
    """Return the error of a command whose output cannot be used, with what it said last."""
    said = completed.stderr.strip() or completed.stdout.strip()
    return GeneratorFailed(f"{name}: {why} (exit status {completed.exit_status})", said)


def output(
    name: str, completed: Completed, suffix: str, *, ended_well: Collection[int] = (0,)
) -> bytes:
    """Return the content of the one output that ends with `suffix`.

    `ended_well` are the exit statuses of a command that left its outputs. Raises GeneratorFailed
    unless it ended with one of them, and left one such file to read.
    """
    if completed.exit_status not in ended_well:
        raise unusable(name, completed, "failed")
    paths = [path for file, path in completed.outputs.items() if file.endswith(suffix)]
    if len(paths) != 1:
        found = ", ".join(completed.outputs) or "nothing"
        raise unusable(name, completed, f"left {found}, not one file {suffix}")
    try:
        return paths[0].read_bytes()
    except OSError as error:
        raise unusable(name, completed, f"{paths[0].name}: {error.strerror}") from error
