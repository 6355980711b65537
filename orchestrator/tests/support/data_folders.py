"""Data folders made from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.config.data_folder import read_data
from clusterbench.config.generate_data import generate

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.data import DataFolder


def write(folder: Path, **counts: int) -> Path:
    """Write a small data folder and return it; `counts` change its sizes."""
    asked = {"clusters": 3, "features": 2, "samples": 4, "batch": 2, "seed": 1} | counts
    folder.mkdir(exist_ok=True)
    for name, content in generate(**asked).items():
        (folder / name).write_bytes(content)
    return folder


def data_folder(folder: Path, **counts: int) -> DataFolder:
    """Write a small data folder and read it; `counts` change its sizes."""
    return read_data(write(folder, **counts))
