"""The data folder: a model, and the requests that servers are sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clusterbench.model.experiment import DataSet

#: The files of a data folder.
MODEL = "model.json"
OBSERVATIONS = "observations.json"
BATCHES = "observations_batch.json"


@dataclass(frozen=True, slots=True, eq=False)
class DataFolder:
    """A data folder that was read and checked.

    `centroids` is (n_clusters, n_features), `observations` (n_requests, n_features), each of
    `batches` (batch, n_features), all float64. The `*_json` are the files as they are.
    """

    path: Path
    centroids: NDArray[np.float64]
    observations: NDArray[np.float64]
    batches: tuple[NDArray[np.float64], ...]
    model_json: bytes
    observations_json: bytes
    batches_json: bytes

    def describe(self) -> DataSet:
        """Return what the folder holds, with the SHA-256 of each file."""
        contents = {
            MODEL: self.model_json,
            OBSERVATIONS: self.observations_json,
            BATCHES: self.batches_json,
        }
        return DataSet(
            n_clusters=self.centroids.shape[0],
            n_features=self.centroids.shape[1],
            n_requests=len(self.observations),
            n_batches=len(self.batches),
            digest={name: hashlib.sha256(raw).hexdigest() for name, raw in contents.items()},
        )


def distances(row: NDArray[np.float64], centroids: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Euclidean distance of an observation (d,) to each centroid (k, d), as (k,)."""
    found: NDArray[np.float64] = np.sqrt(((centroids - row) ** 2).sum(axis=1))
    return found
