"""scikit-learn's KMeans, holding given centroids, by its public API alone."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class SklearnPredictor:
    """`KMeans.predict` with the given centroids."""

    def __init__(self, centroids: Sequence[Sequence[float]]) -> None:
        """`centroids`: (n_clusters, n_features), finite."""
        centers = np.array(centroids, dtype=np.float64)
        model = KMeans(n_clusters=len(centers), init=centers, n_init=1, max_iter=1)
        with warnings.catch_warnings():
            # It warns of centroids that coincide, which a model may have.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(centers)
        # Fitting the centroids to themselves moves some by a last digit: put them back.
        model.cluster_centers_ = centers
        self._model = model

    def predict(self, rows: NDArray[np.float64], /) -> NDArray[np.integer[Any]]:
        """Give the cluster of each row: (n, n_features) to (n,)."""
        clusters: NDArray[np.integer[Any]] = self._model.predict(rows)
        return clusters

    def predict_one(self, row: Sequence[float], /) -> int:
        """Give the cluster of one row: scikit-learn's only way for it is a batch of one."""
        return int(self._model.predict(np.array([row]))[0])
