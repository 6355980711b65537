"""Reads a data folder, and checks that its model and its requests fit each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.config.data_files import (
    REMEDY,
    Rows,
    read_batches,
    read_model,
    read_observations,
)
from clusterbench.errors import ConfigError
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS, DataFolder, first_unclear

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from clusterbench.model.data_json import Row


def read_data(path: Path) -> DataFolder:
    """Read a data folder. Raises ConfigError naming the file, where in it, and what is allowed.

    Nothing else is raised, whatever the files hold.
    """
    model = read_model(path / MODEL)
    width = len(model.rows[0])
    observations = read_observations(path / OBSERVATIONS, width)
    batches = read_batches(path / BATCHES, width)
    folder = DataFolder(
        path=path,
        centroids=_array(model.rows),
        observations=_array(observations.rows),
        batches=tuple(map(_array, batches.batches)),
        digest={
            MODEL: model.digest, OBSERVATIONS: observations.digest, BATCHES: batches.digest
        },
    )  # fmt: skip
    _check_clear(folder, path / MODEL)
    return folder


def with_model(data: DataFolder, file: Path) -> DataFolder:
    """Return the same requests with another model.

    Raises ConfigError where the file cannot be read, or the requests do not fit its model.
    """
    model: Rows = read_model(file)
    theirs, ours = len(model.rows[0]), data.observations.shape[1]
    if theirs != ours:
        raise ConfigError(
            f"{file}: takes {theirs} features, and {data.path / OBSERVATIONS} has {ours}; "
            "leave out the contender that has this model, or give the requests as many"
        )
    folder = replace(
        data, centroids=_array(model.rows), digest={**data.digest, MODEL: model.digest}
    )
    _check_clear(folder, file)
    return folder


def _array(rows: Sequence[Row]) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64)


def _check_clear(folder: DataFolder, model: Path) -> None:
    """Raise ConfigError for an observation that some library could rightly answer wrongly."""
    for where, rows in _requests(folder):
        if unclear := first_unclear(rows, folder.centroids):
            row, nearest, other = unclear
            raise ConfigError(
                f"{folder.path / where.format(row)}: its distances from centroids {nearest} and "
                f"{other} of {model} differ by less than the rounding of doubles of this size, so "
                f"libraries would answer differently; bring the numbers nearer to 0, or {REMEDY}"
            )


def _requests(folder: DataFolder) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Return all observations, and where in their file each row of them is."""
    yield f"{OBSERVATIONS}: [{{}}]", folder.observations
    for number, rows in enumerate(folder.batches):
        yield f"{BATCHES}: [{number}].observations[{{}}]", rows
