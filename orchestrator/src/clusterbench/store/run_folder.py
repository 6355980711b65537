"""The run folder: atomic, append-only, resumable. What opens a file here computes no number."""

from __future__ import annotations

import datetime as dt
import fcntl
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.errors import ConfigError, RunRefused, StoreError
from clusterbench.model.records import FORMAT, RunRecord, TrialRecord, TurnRecord
from clusterbench.model.training import TrainingRecord
from clusterbench.store import atomic, record_files
from clusterbench.store.formats import Format, read_first
from clusterbench.store.newest_run import RUN, is_run, point_latest_at, what_else
from clusterbench.store.record_files import Lines, as_json, storing
from clusterbench.store.sample_files import read_samples, write_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from clusterbench.model.samples import Samples
    from clusterbench.model.summary import Summary

Record = TrialRecord | TurnRecord

TRIALS, SUMMARY = "trials.jsonl", "summary.json"
TRAINING = "training.json"
_FORMAT = Format(
    number=FORMAT,
    what="a run folder",
    record="the record of a run",
    again="measure again with `./lab run`",
    readers={1: "clusterbench 0.1"},
)


@contextmanager
def lock(results: Path) -> Iterator[None]:
    """Hold a results folder for one run. Raises RunRefused while another run holds it.

    The kernel lets go of the lock when the process ends, however it ends.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
        handle = (results / ".lock").open("w")
    except OSError as error:
        no_folder = isinstance(error, FileExistsError)
        why = "it is no folder" if no_folder else atomic.why(error, results)
        raise StoreError(f"{results}: cannot be written: {why}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunRefused(
                f"another run is writing to {results}; wait for its end, or stop it"
            ) from error
        except OSError as error:
            raise StoreError(
                f"{results}: cannot be locked: {atomic.why(error, results)}"
            ) from error
        yield


def new_id(profile: str, now: dt.datetime | None = None) -> str:
    """Name a run by its start (UTC) and profile."""
    moment = now or dt.datetime.now(dt.UTC)
    return f"{moment:%Y%m%dT%H%M%SZ}-{re.sub(r'[^A-Za-z0-9._-]+', '-', profile)}"


class RunFolder:
    """One run on disk. Making one writes run.json; each `append` is durable when it returns."""

    def __init__(self, path: Path, run: RunRecord) -> None:
        self.path = path
        self.run = run
        self._lines = Lines(path / TRIALS, _TYPES)

    @classmethod
    def create(
        cls, results: Path, run: RunRecord, warn: Callable[[str], None] = lambda _text: None
    ) -> RunFolder:
        """Make the folder of a new run, and point `latest` at it, or `warn` why it cannot be."""
        path = results / run.id
        with storing(path):
            for part in ("samples", "generator", "logs"):
                (path / part).mkdir(parents=True)
            record_files.write(path / RUN, as_json(run))
            (path / TRIALS).touch()
        if why := point_latest_at(results, run.id):
            warn(why)
        return cls(path, run)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Open a run folder.

        Raises ConfigError where it is none, StoreError where it is broken or of another format.
        """
        if not is_run(path):
            raise ConfigError(f"{path}: not a run folder, {what_else(path)}")
        return cls(path, read_first(path / RUN, RunRecord, _FORMAT))

    # ------------------------------------------------------------------ measured: written once

    def append(self, record: Record) -> None:
        """Append a line to trials.jsonl; it is on disk, whole, when this returns."""
        self._lines.append(record)

    def add_samples(self, trial: str, samples: Samples) -> None:
        """Keep a trial's requests as samples/<trial>.parquet."""
        file = self._samples_file(trial)
        with storing(file):
            write_samples(file, samples)

    def add_generator_summary(self, trial: str, summary: Mapping[str, Any]) -> None:
        """Keep the generator's own summary as generator/<trial>.json."""
        record_files.write(self.path / "generator" / f"{trial}.json", as_json(summary))

    def add_log(self, name: str, text: str) -> None:
        """Append to logs/<name>.log."""
        record_files.append_text(self.path / "logs" / f"{name}.log", text)

    def write_training(self, record: TrainingRecord) -> None:
        """Write training.json, whole: after each pass it holds one more."""
        record_files.write(self.path / TRAINING, msgspec.json.encode(record))

    # ------------------------------------------------------------------ derived: written again

    def write_summary(self, summary: Summary) -> None:
        """Write summary.json."""
        record_files.write(self.path / SUMMARY, as_json(summary))

    def write_report(self, files: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Write a report's files, by name; return where they are."""
        return atomic.write_all(self.path, files)

    # ------------------------------------------------------------------------------------ read

    def records(self) -> list[Record]:
        """Return every record, the latest of each trial and of each turn, in the order of writing.

        A turn that was resumed has a record for each stay; all are given.
        """
        trials: dict[str, TrialRecord] = {}
        turns: list[TurnRecord] = []
        for record in self._lines.read():
            if isinstance(record, TrialRecord):
                trials.pop(record.id, None)
                trials[record.id] = record
            else:
                turns.append(record)
        return [*trials.values(), *turns]

    def samples(self, trial: str) -> Samples:
        """Read a trial's requests."""
        file = self._samples_file(trial)
        with storing(file):
            return read_samples(file)

    def training(self) -> TrainingRecord | None:
        """Read training.json; None where the run did not get so far."""
        file = self.path / TRAINING
        return record_files.read(file, TrainingRecord, "cannot be read") if file.exists() else None

    def generator_summary(self, trial: str) -> Mapping[str, Any]:
        """Read the generator's own summary of a trial."""
        file = self.path / "generator" / f"{trial}.json"
        return record_files.read(file, dict[str, Any], "not a generator's summary")

    def _samples_file(self, trial: str) -> Path:
        return self.path / "samples" / f"{trial}.parquet"


_TYPES: Mapping[str, type[Record]] = {"trial": TrialRecord, "turn": TurnRecord}


def differences(old: RunRecord, new: RunRecord) -> list[str]:
    """Return where the run to resume differs from what would run now: experiment, host, plan."""
    found: list[str] = []
    for part in ("experiment", "plan", "runtime", "fingerprint", "clusterbench"):
        was, now = _builtins(getattr(old, part)), _builtins(getattr(new, part))
        if part == "fingerprint":
            was, now = (_compared(each) for each in (was, now))
        found += _compare(part, was, now)
    return found


def _compared(fingerprint: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is kept and not compared: load, names in registries, how an engine was found.

    An image that was pushed since, or pulled under another name, is the same image.
    """
    engine = {k: v for k, v in fingerprint["engine"].items() if k != "endpoint"}
    kept = {k: v for k, v in fingerprint.items() if k not in {"load", "digests"}}
    return kept | {"engine": engine}


def _compare(where: str, was: object, now: object) -> list[str]:
    if isinstance(was, dict) and isinstance(now, dict):
        return [
            line
            for key in dict.fromkeys([*was, *now])
            for line in _compare(f"{where}.{key}", was.get(key, "-"), now.get(key, "-"))
        ]
    return [] if was == now else [f"{where}: was {was}, is {now}"]


def _builtins(value: object) -> Any:  # noqa: ANN401 - dicts, lists and scalars, as JSON has them
    return msgspec.to_builtins(value)
