"""Content hashes of sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterbench.local.source_digest import digest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src" / "inner").mkdir(parents=True)
    (tmp_path / "src" / "a.py").write_text("a")
    (tmp_path / "src" / "inner" / "b.py").write_text("b")
    (tmp_path / "lock").write_text("lock")
    return tmp_path


SOURCES = (Path("src"), Path("lock"))


def test_an_edit_a_new_file_a_new_name_and_an_executable_bit_each_change_it(root: Path) -> None:
    seen = [digest(root, SOURCES)]
    (root / "src" / "a.py").write_text("A")
    seen.append(digest(root, SOURCES))
    (root / "src" / "new.py").write_text("")
    seen.append(digest(root, SOURCES))
    (root / "src" / "new.py").rename(root / "src" / "newer.py")
    seen.append(digest(root, SOURCES))
    (root / "lock").chmod(0o755)
    seen.append(digest(root, SOURCES))
    seen.append(digest(root, SOURCES, also=["a recipe"]))
    assert len(set(seen)) == len(seen)


def test_times_and_the_order_of_sources_do_not_count(root: Path) -> None:
    before = digest(root, SOURCES)
    os.utime(root / "src" / "a.py", (1, 1))
    assert digest(root, tuple(reversed(SOURCES))) == before


@pytest.mark.parametrize(
    "name",
    [
        "target/debug/x.o",
        "tests/test_x.py",
        "__pycache__/a.pyc",
        "README.md",
        "Dockerfile",
        ".hidden",
        "x.egg-info/PKG-INFO",
    ],
)
def test_what_no_build_reads_does_not_count(root: Path, name: str) -> None:
    before = digest(root, SOURCES)
    (root / "src" / name).parent.mkdir(parents=True, exist_ok=True)
    (root / "src" / name).write_text("x")
    assert digest(root, SOURCES) == before


def test_a_source_that_is_not_there_is_an_error_and_not_an_empty_one(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        digest(root, [Path("gone")])


def test_files_that_swap_contents_change_it(root: Path) -> None:
    before = digest(root, SOURCES)
    (root / "src" / "a.py").write_text("b")
    (root / "src" / "inner" / "b.py").write_text("a")
    assert digest(root, SOURCES) != before
