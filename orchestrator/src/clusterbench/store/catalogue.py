"""The runs of a results folder: which there are, which can go, and removing one."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.errors import LabError, StoreError
from clusterbench.measure.trials_by_cell import complete
from clusterbench.model.records import Outcome, TrialRecord
from clusterbench.store.run_folder import LATEST, RUN, RunFolder, lock, point_latest_at

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One run of a results folder.

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


def list_runs(results: Path) -> tuple[RunEntry, ...]:
    """Return the runs of a results folder, the newest first; also those that cannot be read."""
    if not results.is_dir():
        return ()
    folders = (path for path in results.iterdir() if path.is_dir() and not path.is_symlink())
    found = [_entry(path) for path in folders if (path / RUN).is_file()]
    return tuple(sorted(found, key=lambda entry: (_moment(entry), entry.id), reverse=True))


def prunable(
    entries: Sequence[RunEntry],
    keep: int | None = None,
    older_than_days: float | None = None,
    now: dt.datetime | None = None,
) -> tuple[RunEntry, ...]:
    """Return the runs that may go, the newest first.

    All but the `keep` newest, and of them those that began more than `older_than_days` ago. What
    is None sets no bound; with neither, none may go.
    """
    if keep is None and older_than_days is None:
        return ()
    newest_first = sorted(entries, key=_moment, reverse=True)
    age = dt.timedelta(days=older_than_days or 0.0)
    before = (now or dt.datetime.now(dt.UTC)) - age
    return tuple(entry for entry in newest_first[keep or 0 :] if _moment(entry) <= before)


def remove(entry: RunEntry) -> None:
    """Remove a run's folder; `latest` then is the newest that is left.

    Raises RunRefused while a run is writing to the results folder, StoreError where the folder
    cannot be removed.
    """
    results = entry.path.parent
    with lock(results):
        try:
            shutil.rmtree(entry.path)
            link = results / LATEST
            if link.is_symlink() and not link.exists():
                link.unlink()
                if left := list_runs(results):
                    point_latest_at(results, left[0].id)
        except OSError as error:
            raise StoreError(f"{entry.path}: cannot be removed: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Glance:
    """What is read of any run.json, whatever its format."""

    created: str = ""
    runtime: str = ""
    experiment: Mapping[str, Any] = field(default_factory=dict)


def _entry(path: Path) -> RunEntry:
    try:
        glance = msgspec.json.decode((path / RUN).read_bytes(), type=_Glance)
    except (msgspec.MsgspecError, OSError):
        glance = _Glance()
    changed = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    known: dict[str, Any] = {
        "id": path.name,
        "path": path,
        "created": glance.created or changed.isoformat(timespec="seconds"),
        "profile": str(glance.experiment.get("profile", "")),
        "runtime": glance.runtime,
        "bytes": sum(file.stat().st_size for file in path.rglob("*") if file.is_file()),
    }
    try:
        return RunEntry(**known, **_progress(RunFolder.open(path)))
    except LabError as error:
        return RunEntry(**known, complete=False, trials=0, failed=0, problem=str(error))


def _progress(folder: RunFolder) -> dict[str, Any]:
    """Return how far a run got."""
    experiment = folder.run.experiment
    records = folder.records()
    training = folder.training()
    trained = experiment.training is None or (training is not None and training.complete)
    trials = [record for record in records if isinstance(record, TrialRecord)]
    return {
        "complete": trained and complete(experiment, records),
        "trials": sum(trial.outcome is Outcome.OK for trial in trials),
        "failed": sum(record.outcome is Outcome.FAILED for record in records),
    }


def _moment(entry: RunEntry) -> dt.datetime:
    moment = dt.datetime.fromisoformat(entry.created)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
