"""A run's DataFrames as files for other tools: CSV, Parquet or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, StoreError
from clusterbench.store import atomic
from clusterbench.store.frames import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from clusterbench.store.frames import RunData

#: Every request of a run can be gigabytes as text: it is written where it is asked for.
DEFAULT_TABLES = tuple(name for name in TABLES if name != "requests")


def write(run: RunData, fmt: str, out: Path, tables: Sequence[str] = DEFAULT_TABLES) -> list[Path]:
    """Write tables of a run into a folder, each as `<table>.<format>`; return the files.

    A table without rows has no file: that of training, where the run did not train. Raises
    ConfigError for a format or a table that there is not, StoreError where a file cannot be
    written.
    """
    if fmt not in FORMATS:
        raise ConfigError(f"--format {fmt}: there is {', '.join(FORMATS)}")
    for name in tables:
        if name not in TABLES:
            raise ConfigError(f"--table {name}: there is {', '.join(TABLES)}")
    files = []
    for name in tables:
        frame: pd.DataFrame = getattr(run, name)
        if frame.empty:
            continue
        file = out / f"{name}.{fmt}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            with atomic.replacing(file) as temporary:
                FORMATS[fmt](frame, temporary)
        except OSError as error:
            raise StoreError(f"{file}: cannot be written: {atomic.why(error, file)}") from error
        files.append(file)
    return files


FORMATS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": lambda frame, file: frame.to_csv(file, index=False),
    "parquet": lambda frame, file: frame.to_parquet(file, index=False),
    "json": lambda frame, file: frame.to_json(file, orient="records", indent=1),
}
