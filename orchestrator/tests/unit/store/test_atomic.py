from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import StoreError
from clusterbench.store import atomic

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_takes_the_place_of_an_older_one_and_leaves_nothing_beside_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"old")
    assert atomic.write(file, b"new") == file
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_what_fails_halfway_leaves_the_older_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"old")

    def fail() -> None:
        with atomic.replacing(file) as temporary:
            temporary.write_bytes(b"half")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none/a\.txt: cannot be written: No such file"):
        atomic.write(tmp_path / "none" / "a.txt", b"")


def test_files_are_written_by_name(tmp_path: Path) -> None:
    assert atomic.write_all(tmp_path, {"a": b"1", "b": b"2"}) == (tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"2"
