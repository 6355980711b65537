"""Whether users here are others than the host's, as rootless and remapping engines have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.host.procfs import PROC, read_text

if TYPE_CHECKING:
    from pathlib import Path

_WHOLE = (0, 0, 2**32 - 1)
_NOBODY = 65534
REMEDY = (
    "with userns-remap, give the service `userns_mode: host`, as compose.yaml has it; with a"
    " rootless engine, let the folder belong to the user who runs the engine"
)


def is_remapped(proc: Path = PROC) -> bool:
    """Return whether users here are mapped to others of the host, or to none."""
    lines = [
        tuple(map(int, line.split())) for line in read_text(proc / "self/uid_map").splitlines()
    ]
    return bool(lines) and lines != [_WHOLE]


def is_nobody(uid: int, proc: Path = PROC) -> bool:
    """Return whether a user is what the kernel shows for those that have no number here."""
    shown = read_text(proc / "sys/kernel/overflowuid").strip()
    return is_remapped(proc) and uid == (int(shown) if shown.isdecimal() else _NOBODY)


def cause(error: OSError, proc: Path = PROC) -> str:
    """Return, to be added to a message, the cause of an error where it may be these mapped users.

    It is empty for an error of another kind, and where users are the host's.
    """
    if not isinstance(error, PermissionError) or not is_remapped(proc):
        return ""
    return (
        ": the engine gives this container users of its own (rootless, or userns-remap), and what"
        f" the host's other users own cannot be written; remedy: {REMEDY}"
    )
