"""The first record of a folder of results, and which format of it this version reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import msgspec

from clusterbench import __version__
from clusterbench.errors import StoreError
from clusterbench.store import record_files

if TYPE_CHECKING:
    from pathlib import Path

_T = TypeVar("_T")


class _Head(msgspec.Struct):
    """What is read of a first record before anything else: the rest depends on it."""

    format: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The format of a kind of folder that this version writes and reads.

    `what` names such a folder, `record` its first file, and `again` says how to get a new one.
    `readers` are the versions that read other formats; what is not there is of a later one.
    """

    number: int
    what: str
    record: str
    again: str
    readers: Mapping[int, str] = field(default_factory=dict)


def read_first(file: Path, type_: type[_T], known: Format) -> _T:
    """Read a folder's first record. Raises StoreError where it is broken or of another format."""
    wrong = f"not {known.record}"
    found = record_files.read(file, _Head, wrong).format
    if found != known.number:
        reader = known.readers.get(found, "a later clusterbench")
        raise StoreError(
            f"{file.parent}: {known.what} of format {found}, which {reader} reads; this is "
            f"clusterbench {__version__} and reads format {known.number}: use {reader} for it, or "
            f"{known.again}"
        )
    return record_files.read(file, type_, wrong)
