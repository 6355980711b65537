"""scikit-learn's KMeans, holding given centroids, by its public API alone."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from grpcio_server.estimators import EstimatorPredictor

if TYPE_CHECKING:
    from collections.abc import Sequence


def holding(centroids: Sequence[Sequence[float]]) -> EstimatorPredictor:
    """Make a predictor of the given centroids: (n_clusters, n_features), finite."""
    centers = np.array(centroids, dtype=np.float64)
    model = KMeans(n_clusters=len(centers), init=centers, n_init=1, max_iter=1)
    with warnings.catch_warnings():
        # It warns of centroids that coincide, which a model may have.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(centers)
    # Fitting the centroids to themselves moves some by a last digit: put them back.
    model.cluster_centers_ = centers
    return EstimatorPredictor(model)
