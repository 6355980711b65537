"""How a folder of results keeps its records: JSON files whole, and lines that are durable."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from clusterbench.errors import StoreError
from clusterbench.store import atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_T = TypeVar("_T")


def as_json(value: object) -> bytes:
    """Return a record as JSON that people can read."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1)


def read(file: Path, type_: type[_T], wrong: str) -> _T:
    """Read a JSON file. Raises StoreError, which says what is `wrong` where it holds no `type_`."""
    with storing(file):
        raw = file.read_bytes()
    try:
        return msgspec.json.decode(raw, type=type_)
    except msgspec.MsgspecError as error:
        raise StoreError(f"{file}: {wrong}: {error}") from error


def write(file: Path, raw: bytes) -> None:
    """Write a file whole. Raises StoreError where it cannot be written."""
    with storing(file), atomic.replacing(file) as temporary:
        temporary.write_bytes(raw)


def append_text(file: Path, text: str) -> None:
    """Append text to a log, and end its last line. Raises StoreError."""
    with storing(file), file.open("a", encoding="utf-8") as handle:
        handle.write(text if text.endswith("\n") or not text else text + "\n")


class Lines:
    """A file of records, one a line; `types` says by a line's `kind` what it holds."""

    def __init__(self, file: Path, types: Mapping[str, type]) -> None:
        self._file, self._types = file, types
        self._kinds = {type_: kind for kind, type_ in types.items()}

    def append(self, *records: object) -> None:
        """Append a line per record; they are on disk, whole, when this returns.

        Raises StoreError where they cannot be written; none of them is there then.
        """
        lines = b"".join(
            msgspec.json.encode({"kind": self._kinds[type(each)], **msgspec.to_builtins(each)})
            + b"\n"
            for each in records
        )
        with storing(self._file), self._file.open("r+b") as handle:
            whole = _whole(handle.read())
            handle.seek(whole)
            handle.truncate()  # what a killed run left of its last line
            try:
                handle.write(lines)
                handle.flush()
                os.fsync(handle.fileno())
            except OSError:
                os.ftruncate(handle.fileno(), whole)
                raise

    def read(self) -> Sequence[Any]:
        """Return every record, in the order of writing. Raises StoreError for a line that is none.

        What a killed run left of its last line is passed over.
        """
        with storing(self._file):
            raw = self._file.read_bytes()
        return [
            self._record(number, line)
            for number, line in enumerate(raw[: _whole(raw)].splitlines(), start=1)
        ]

    def _record(self, number: int, line: bytes) -> Any:  # noqa: ANN401 - one of the types
        try:
            value = msgspec.json.decode(line)
            kind = value.pop("kind")
            return msgspec.convert(value, self._types[kind])
        except (msgspec.MsgspecError, KeyError, AttributeError) as error:
            raise StoreError(f"{self._file}:{number}: not a record: {error}") from error


@contextmanager
def storing(what: Path) -> Iterator[None]:
    """Raise StoreError in place of what the disk says of a file or a folder."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{what}: {atomic.why(error, what)}; what was measured before is kept, "
            "and `run --resume` finishes a run"
        ) from error


def _whole(raw: bytes) -> int:
    """Return the length of what is whole lines."""
    return raw.rfind(b"\n") + 1
