"""Which files a bench.toml includes, as paths. Standard library only: `./lab` reads this first."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

INCLUDE = "include"
#: What stands for the lab's own folder in the path of a file to include.
LAB_FOLDER = "{lab}"


def included_paths(names: Sequence[str], file: Path, lab: Path) -> tuple[Path, ...]:
    """Return the paths of files that a file names, relative to itself or below the lab's folder."""
    filled = [name.replace(LAB_FOLDER, str(lab.absolute())) for name in names]
    return tuple(Path(os.path.normpath(file.parent / name)) for name in filled)


def with_included(file: Path, lab: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Return a file and all that it includes, each once, with what they hold.

    Nothing is checked. Raises OSError, ValueError, TypeError or RecursionError where one cannot be
    read, is no TOML, or includes what is no list of texts.
    """
    seen: set[Path] = set()
    left = [file]
    while left:
        path = left.pop(0)
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        yield path, values
        left += included_paths([str(name) for name in values.get(INCLUDE, ())], path, lab)
