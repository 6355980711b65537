"""The runs and comparisons of a results folder: which there are, which can go, removing one."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.errors import LabError, StoreError
from clusterbench.measure.trials_by_cell import complete
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.slices import SliceRecord
from clusterbench.store import atomic
from clusterbench.store.compare_folder import COMPARE, CompareFolder
from clusterbench.store.newest_run import (
    COMPARISON,
    LATEST,
    RUN,
    all_folders,
    began,
    holds_comparison,
    point_latest_at,
    run_folders,
)
from clusterbench.store.run_folder import RunFolder, lock

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One run of a results folder, or one comparison (`compares`), which has slices for trials.

    `created` is its start in UTC (ISO 8601). `trials` counts those that were measured, `failed`
    the trials and turns that failed. `bytes` is its size on disk. `problem` says why it cannot be
    read, and is empty where it can.
    """

    id: str
    path: Path
    created: str
    profile: str
    runtime: str
    complete: bool
    trials: int
    failed: int
    bytes: int
    problem: str = ""
    compares: bool = False


def list_runs(results: Path) -> tuple[RunEntry, ...]:
    """Return runs and comparisons of a results folder, newest first; also those not to be read.

    Raises StoreError where the results folder itself cannot be read.
    """
    return tuple(map(read_entry, all_folders(results)))


def prunable(
    entries: Sequence[RunEntry],
    keep: int | None = None,
    older_than_days: float | None = None,
    now: dt.datetime | None = None,
) -> tuple[RunEntry, ...]:
    """Return the runs that may go, the newest first.

    All that are older than the `keep` newest that can be read, and of them those that began more
    than `older_than_days` ago. What is None sets no bound; with neither, none may go.
    """
    if keep is None and older_than_days is None:
        return ()
    newest_first = sorted(entries, key=_moment, reverse=True)
    readable = [place for place, entry in enumerate(newest_first) if not entry.problem]
    kept = 0
    if keep:
        kept = readable[keep - 1] + 1 if keep <= len(readable) else len(newest_first)
    age = dt.timedelta(days=older_than_days or 0.0)
    before = (now or dt.datetime.now(dt.UTC)) - age
    return tuple(entry for entry in newest_first[kept:] if _moment(entry) <= before)


def remove(entry: RunEntry) -> None:
    """Remove a run's folder; `latest` then is the newest that is left.

    Raises RunRefused while a run is writing to the results folder, StoreError where the folder
    cannot be removed.
    """
    results = entry.path.parent
    with lock(results):
        try:
            shutil.rmtree(entry.path)
        except OSError as error:
            raise StoreError(
                f"{entry.path}: cannot be removed: {atomic.why(error, entry.path)}"
            ) from error
        link = results / LATEST
        with suppress(OSError):
            if link.is_symlink() and not link.exists():
                link.unlink()
                if left := run_folders(results):
                    point_latest_at(results, left[0].name)


@dataclass(frozen=True, slots=True)
class _Glance:
    """What is read of any run.json or compare.json, whatever its format."""

    runtime: str = ""
    experiment: Mapping[str, Any] = field(default_factory=dict)


def read_entry(path: Path) -> RunEntry:
    """Describe the run or the comparison of a folder, also one that cannot be read."""
    compares = holds_comparison(path)
    record, progress = (COMPARISON, _comparing) if compares else (RUN, _progress)
    try:
        glance = msgspec.json.decode((path / record).read_bytes(), type=_Glance)
    except (msgspec.MsgspecError, OSError):
        glance = _Glance()
    known: dict[str, Any] = {
        "id": path.name,
        "path": path,
        "created": began(path).isoformat(timespec="seconds"),
        "profile": COMPARE if compares else str(glance.experiment.get("profile", "")),
        "runtime": glance.runtime,
        "bytes": _size(path),
        "compares": compares,
    }
    try:
        return RunEntry(**known, **progress(path))
    except LabError as error:
        return RunEntry(**known, complete=False, trials=0, failed=0, problem=str(error))


def _comparing(path: Path) -> dict[str, Any]:
    """Return how far a comparison got: it is complete where it was judged at its end."""
    folder = CompareFolder.open(path)
    slices = [each for each in folder.records() if isinstance(each, SliceRecord)]
    return {"complete": folder.compared() is not None, "trials": len(slices), "failed": 0}


def _progress(path: Path) -> dict[str, Any]:
    """Return how far a run got."""
    folder = RunFolder.open(path)
    experiment = folder.run.experiment
    records = folder.records()
    training = folder.training()
    trained = experiment.training is None or (training is not None and training.complete)
    firsts = [r for r in records if isinstance(r, TurnRecord) or r.repeats is None]
    trials = [record for record in firsts if isinstance(record, TrialRecord)]
    return {
        "complete": trained and complete(experiment, records),
        "trials": sum(trial.outcome is Outcome.OK for trial in trials),
        "failed": sum(record.outcome is Outcome.FAILED for record in firsts),
    }


def _size(path: Path) -> int:
    """Return how much a folder holds, of what can be read: a run may be writing there now."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(OSError):
                total += (Path(folder) / name).lstat().st_size
    return total


def _moment(entry: RunEntry) -> dt.datetime:
    return dt.datetime.fromisoformat(entry.created)
