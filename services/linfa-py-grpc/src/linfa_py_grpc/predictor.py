"""linfa's KMeans, holding given centroids, by the binding's public API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from linfa_kmeans import KMeans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class LinfaPredictor:
    """`KMeans.predict` with the given centroids."""

    def __init__(self, centroids: Sequence[Sequence[float]]) -> None:
        """`centroids`: (n_clusters, n_features), finite."""
        self._model = KMeans.from_centers(np.array(centroids, dtype=np.float64))

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.integer[Any]]:
        """Return the cluster of each row: (n, n_features) to (n,)."""
        clusters: NDArray[np.integer[Any]] = self._model.predict(rows)
        return clusters

    def predict_one(self, row: Sequence[float]) -> int:
        """Return the cluster of one row: the binding takes a list as it is."""
        cluster: int = self._model.predict_one(row)
        return cluster
