"""What servers said of themselves when they started. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterbench.model.records import TurnRecord


def on_python(turns: Iterable[TurnRecord]) -> frozenset[str]:
    """Return the contenders that run on Python: those whose servers named its version."""
    return frozenset(turn.contender for turn in turns if "python" in _versions(turn))


def _versions(turn: TurnRecord) -> Mapping[str, object]:
    """Return the versions that a server named; a log may hold anything."""
    found = turn.startup.get("versions")
    return found if isinstance(found, Mapping) else {}
