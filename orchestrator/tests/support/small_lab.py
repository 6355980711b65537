"""A small repository: bench.toml, compose.yaml and claims.toml, data, and runs of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from support import data_folders
from support.small_files import SMALL

if TYPE_CHECKING:
    from pathlib import Path

NAME = "20300101T000000Z-usual"


def write(root: Path) -> Path:
    """Write the repository, with one run in results/, and return its folder."""
    (root / "data" / "published").mkdir(parents=True)
    data_folders.write(root / "data")
    shutil.copy(SMALL / "summaries.csv", root / "data" / "published")
    for name in ("bench.toml", "claims.toml", "compose.yaml"):
        shutil.copy(SMALL / name, root)
    write_run(root / "results")
    return root


def write_run(results: Path, name: str = NAME) -> Path:
    """Write what makes a folder a run's, as the newest, and return it."""
    (results / name).mkdir(parents=True)
    (results / name / "run.json").write_text("{}")
    (results / "latest").unlink(missing_ok=True)
    (results / "latest").symlink_to(name)
    return results / name
