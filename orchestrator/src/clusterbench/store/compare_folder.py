"""The folder of a comparison: its only writer, and its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from clusterbench.errors import ConfigError
from clusterbench.model.compared import Compared
from clusterbench.model.slices import COMPARE_FORMAT, CompareRecord, InstanceRecord, SliceRecord
from clusterbench.store import atomic, record_files
from clusterbench.store.formats import Format, read_first
from clusterbench.store.newest_run import COMPARISON, holds_comparison
from clusterbench.store.record_files import Lines, as_json, storing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SLICES, COMPARED = "slices.jsonl", "compared.json"
#: How the names of such folders end: see `run_folder.new_id`.
COMPARE = "compare"

_FORMAT = Format(
    number=COMPARE_FORMAT,
    what="a comparison",
    record="the record of a comparison",
    again="compare again with `./lab compare`",
)
_TYPES: Mapping[str, type[SliceRecord | InstanceRecord]] = {
    "slice": SliceRecord,
    "instance": InstanceRecord,
}


class CompareFolder:
    """One comparison on disk. Making one writes compare.json; each `append` is durable."""

    def __init__(self, path: Path, record: CompareRecord) -> None:
        self.path = path
        self.record = record
        self._lines = Lines(path / SLICES, _TYPES)

    @classmethod
    def create(cls, results: Path, record: CompareRecord) -> Self:
        """Make the folder of a new comparison. `latest` stays with the newest run."""
        path = results / record.id
        with storing(path):
            (path / "logs").mkdir(parents=True)
            record_files.write(path / COMPARISON, as_json(record))
            (path / SLICES).touch()
        return cls(path, record)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the folder of a comparison.

        Raises ConfigError where it is none, StoreError where it is broken or of another format.
        """
        if not holds_comparison(path):
            raise ConfigError(f"{path}: no comparison, it has no {COMPARISON}")
        return cls(path, read_first(path / COMPARISON, CompareRecord, _FORMAT))

    def append(self, *records: SliceRecord | InstanceRecord) -> None:
        """Append a line per record to slices.jsonl; all are on disk when this returns."""
        self._lines.append(*records)

    def records(self) -> Sequence[SliceRecord | InstanceRecord]:
        """Return every slice and every instance, in the order of writing."""
        return self._lines.read()

    def add_log(self, name: str, text: str) -> None:
        """Append to logs/<name>.log."""
        record_files.append_text(self.path / "logs" / f"{name}.log", text)

    def write_compared(self, found: Compared) -> None:
        """Write compared.json: what was found, again where more was measured."""
        record_files.write(self.path / COMPARED, as_json(found))

    def compared(self) -> Compared | None:
        """Read compared.json; None where nothing was judged yet."""
        file = self.path / COMPARED
        return record_files.read(file, Compared, "cannot be read") if file.exists() else None

    def write_report(self, files: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Write a report's files, by name; return where they are."""
        return atomic.write_all(self.path, files)
