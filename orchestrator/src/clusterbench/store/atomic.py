"""The one way in which a file is written: whole, or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clusterbench.errors import StoreError
from clusterbench.host import user_namespace
from clusterbench.own_files import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Yield a temporary name beside a file, and put what was written there in the file's place.

    The content and the name are on disk when this returns. Where the body or the disk fails, the
    file stays as it was and nothing is left beside it. Raises OSError.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield temporary
        _settle(temporary)
        temporary.replace(file)
        _settle(file.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write(file: Path, content: bytes) -> Path:
    """Write a file. Raises StoreError where it cannot be written."""
    try:
        with replacing(file) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {why(error, file)}") from error
    return file


def write_all(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files by name into a folder. Raises StoreError where one cannot be written."""
    return tuple(write(folder / name, content) for name, content in files.items())


def why(error: OSError, path: Path) -> str:
    """Return why a file cannot be written or read, and what to do about it."""
    if mapped := user_namespace.cause(error):
        return f"{error.strerror}{mapped}"
    return reason(error, path)


def _settle(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
