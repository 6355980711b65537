"""The data folder: a model, and the requests that servers are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clusterbench.model import data_json
from clusterbench.model.experiment import DataSet

#: The files of a data folder.
MODEL = "model.json"
OBSERVATIONS = "observations.json"
BATCHES = "observations_batch.json"

#: The most requests of a method that are made of generated observations.
MOST_REQUESTS = 100
#: A right response's distance may exceed the smallest by this share of it.
PARITY_TOLERANCE = 1e-9
#: Below this, squares of differences lose digits, or are 0.
_UNDERFLOW = 1e-280
#: How many numbers are compared at a time.
_AT_A_TIME = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class DataFolder:
    """A data folder that was read and checked.

    `centroids` is (n_clusters, n_features), `observations` (n_requests, n_features), each of
    `batches` (batch, n_features), all float64. `digest` has the SHA-256 of each file as it is.
    Servers and generators get what was read, written anew.
    """

    path: Path
    centroids: NDArray[np.float64]
    observations: NDArray[np.float64]
    batches: tuple[NDArray[np.float64], ...]
    digest: Mapping[str, str]

    @property
    def model_json(self) -> bytes:
        """Write the model as servers read it."""
        return data_json.model_json(self.centroids.tolist())

    @property
    def observations_json(self) -> bytes:
        """Write the requests of one observation each, as generators read them."""
        return data_json.observations_json(self.observations.tolist())

    @property
    def batches_json(self) -> bytes:
        """Write the requests of many observations each, as generators read them."""
        return data_json.batches_json(batch.tolist() for batch in self.batches)

    def describe(self) -> DataSet:
        """Return what the folder holds, with the SHA-256 of each file."""
        return DataSet(
            n_clusters=self.centroids.shape[0],
            n_features=self.centroids.shape[1],
            n_requests=len(self.observations),
            n_batches=len(self.batches),
            digest=self.digest,
        )

    def in_batches(self, rows: int) -> DataFolder:
        """Return the same observations in batches of `rows`, MOST_REQUESTS of them at most.

        As many observations are left as requests of one each, so that no more are checked than
        are sent. Raises ValueError where there are fewer observations than that.
        """
        number = min(MOST_REQUESTS, len(self.observations) // rows)
        if not number:
            raise ValueError(f"{rows} rows of {len(self.observations)} observations")
        cut = self.observations[: number * rows].reshape(number, rows, -1)
        return replace(self, observations=self.observations[:MOST_REQUESTS], batches=tuple(cut))


def distances(row: NDArray[np.float64], centroids: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Euclidean distance of an observation (d,) to each centroid (k, d), as (k,)."""
    found: NDArray[np.float64] = np.sqrt(((centroids - row) ** 2).sum(axis=1))
    return found


def first_unclear(
    rows: NDArray[np.float64], centroids: NDArray[np.float64]
) -> tuple[int, int, int] | None:
    """Return the first observation (n, d) of which libraries may not name the same cluster.

    That is its row, its nearest centroid (k, d), and another that is farther than parity allows,
    though not by more than rounding: |x|^2 - 2xc + |c|^2, as scikit-learn computes a squared
    distance, is right to some parts of (|x| + |c|)^2 only. None where every observation is clear.
    """
    size, width = rows.shape[0], centroids.size
    step = max(1, _AT_A_TIME // width)
    norms = np.sqrt((centroids**2).sum(axis=1))
    part = 4 * (centroids.shape[1] + 4) * np.finfo(np.float64).eps
    for start in range(0, size, step):
        some = rows[start : start + step]
        squared = ((some[:, np.newaxis, :] - centroids) ** 2).sum(axis=2)
        index = squared.argmin(axis=1)[:, np.newaxis]
        nearest = np.take_along_axis(squared, index, axis=1)
        scale = (np.sqrt((some**2).sum(axis=1))[:, np.newaxis] + norms) ** 2
        rounding = part * (scale + np.take_along_axis(scale, index, axis=1)) + _UNDERFLOW
        farther = np.sqrt(squared) > np.sqrt(nearest) * (1 + PARITY_TOLERANCE)
        unclear = farther & (squared - nearest <= rounding)
        if unclear.any():
            row, other = np.argwhere(unclear)[0]
            return start + int(row), int(index[row, 0]), int(other)
    return None
