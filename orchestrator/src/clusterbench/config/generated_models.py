"""Models of other sizes than the data folder's, with observations to send: made from a seed.

Nothing is written: the same seed and size give the same numbers each time, and the digest of them
stands in run.json.
"""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clusterbench.config.generate_data import BOUND
from clusterbench.model.data import MODEL, OBSERVATIONS, DataFolder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clusterbench.model.sizes import ModelSize

#: The fewest observations: requests differ, also where each has a single one.
_FEWEST = 100
#: So many requests of the largest batches differ.
_LARGE_REQUESTS = 2
#: The second nearest centroid is this much farther than the nearest (relative), so that all
#: libraries answer alike, however they round.
CLEAR = 1e-5


def generated(size: ModelSize, *, rows: int, seed: int) -> DataFolder:
    """Make a model of a size, and observations enough for batches of `rows`.

    All numbers are uniform in [-100, 100). An observation of which two centroids are about as
    near as each other is drawn anew. The seed and the size determine every number.
    """
    draw = random.Random(f"{seed}/{size.name}")  # noqa: S311 - repeatable is the point
    centroids = _drawn(draw, size.clusters, size.features)
    number = max(_FEWEST, _LARGE_REQUESTS * rows)
    kept = np.empty((0, size.features))
    while len(kept) < number:
        more = _drawn(draw, number - len(kept), size.features)
        kept = np.concatenate([kept, more[_clear(more, centroids)]])
    return DataFolder(
        path=Path(f"generated {size.name}"),
        centroids=centroids,
        observations=kept,
        batches=(),
        digest={MODEL: _digest(centroids), OBSERVATIONS: _digest(kept)},
    )


def _drawn(draw: random.Random, rows: int, features: int) -> NDArray[np.float64]:
    numbers = [draw.uniform(-BOUND, BOUND) for _ in range(rows * features)]
    return np.array(numbers, dtype=np.float64).reshape(rows, features)


def _clear(rows: NDArray[np.float64], centroids: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return of which observations (n, d) one centroid (k, d) is unmistakably the nearest, (n,).

    By |x|^2 - 2xc + |c|^2, whose rounding is far below what CLEAR asks.
    """
    if len(centroids) == 1:
        return np.ones(len(rows), dtype=np.bool_)
    squared = (rows**2).sum(axis=1)[:, np.newaxis] - 2.0 * rows @ centroids.T
    squared += (centroids**2).sum(axis=1)
    nearest, second = np.partition(squared, 1, axis=1)[:, :2].T
    clear: NDArray[np.bool_] = second > np.maximum(nearest, 0.0) * (1 + CLEAR) ** 2
    return clear


def _digest(numbers: NDArray[np.float64]) -> str:
    """Return the SHA-256 of an array's doubles, little-endian, row by row."""
    return hashlib.sha256(numbers.astype("<f8").tobytes()).hexdigest()
