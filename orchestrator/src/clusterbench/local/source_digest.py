"""Content hashes of sources: what tells that a build is stale, and what it was built from."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDERS_LEFT_OUT = frozenset({"target", "tests", "benches", "__pycache__", "dist", "node_modules"})
"""Folders within a source that no build reads, or that builds leave."""

FILES_LEFT_OUT = frozenset({"Dockerfile", "README.md"})
"""Files that say how to use a service, and do not change it."""


def digest(root: Path, sources: Iterable[Path], also: Iterable[str] = ()) -> str:
    """Hash the sources (files and folders below `root`) and some more strings, as hex SHA-256.

    Names, contents and executable bits count; times do not. Raises OSError for a source that
    cannot be read.
    """
    total = hashlib.sha256()
    for text in also:
        total.update(f"{len(text)}:{text}".encode())
    for path in sorted({file for source in sources for file in _files(root / source)}):
        content = path.read_bytes()
        executable = os.access(path, os.X_OK)
        total.update(f"{path.relative_to(root)}:{executable}:{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()


def _files(source: Path) -> Iterator[Path]:
    if not source.is_dir():
        yield source
        return
    for folder, folders, files in os.walk(source):
        folders[:] = [name for name in folders if not _left_out(name)]
        yield from (
            Path(folder, name)
            for name in files
            if name not in FILES_LEFT_OUT and not name.startswith(".") and name[-4:] != ".pyc"
        )


def _left_out(folder: str) -> bool:
    return folder in FOLDERS_LEFT_OUT or folder.startswith(".") or folder.endswith(".egg-info")
