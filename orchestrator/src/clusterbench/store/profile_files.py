"""What profilers saw, in a run folder: profiles/<contender>.<profiler>.folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import StoreError
from clusterbench.measure.cpu_time_parts import Profiled
from clusterbench.model.records import TurnRecord
from clusterbench.store import atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from clusterbench.model.records import TrialRecord


def keep(folder: Path, contender: str, profiler: str, stacks: str) -> None:
    """Write folded stacks, in place of earlier ones. Raises StoreError."""
    file = _file(folder, contender, profiler)
    try:
        file.parent.mkdir(exist_ok=True)
        with atomic.replacing(file) as temporary:
            temporary.write_text(stacks, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {atomic.why(error, file)}") from error


def read(folder: Path, contender: str, profiler: str) -> str:
    """Read folded stacks. Raises StoreError."""
    file = _file(folder, contender, profiler)
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {atomic.why(error, file)}") from error


def profiles(folder: Path, records: Iterable[TrialRecord | TurnRecord]) -> Mapping[str, Profiled]:
    """Read what profilers saw of each contender, the latest where it was sampled again."""
    turns = [record for record in records if isinstance(record, TurnRecord)]
    return {
        turn.contender: Profiled(
            record=turn.profile,
            folded={name: read(folder, turn.contender, name) for name in turn.profile.samples},
        )
        for turn in turns
        if turn.profile is not None
    }


def _file(folder: Path, contender: str, profiler: str) -> Path:
    return folder / "profiles" / f"{contender}.{profiler}.folded"
