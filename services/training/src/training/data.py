"""The data of a benchmark, and what is derived from it alike for every contender."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.datasets import make_blobs
from sklearn.metrics import pairwise_distances_argmin

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Rows that are looked at together: a difference of all rows would be another copy of the data.
_TOGETHER = 200_000
_WARM_UP = 5_000


@dataclass(frozen=True, eq=False)
class Data:
    """Observations (points, features), and starting centroids (clusters, features)."""

    observations: NDArray[np.float64]
    starts: NDArray[np.float64]
    variance: float

    @property
    def few(self) -> NDArray[np.float64]:
        """Return some of the observations, to warm up on."""
        return self.observations[:_WARM_UP]

    def linfa_tolerance(self, tolerance: float) -> float:
        """Compute from scikit-learn's tolerance the one that stops linfa at the same shift.

        scikit-learn stops where sum(shift^2) <= tol x mean(var(X)), linfa where
        sqrt(sum(shift^2)) < tol.
        """
        return math.sqrt(tolerance * self.variance)


def make(points: int, features: int, clusters: int, *, spread: float, seed: int) -> Data:
    """Make blobs, and draw the starting centroids from them."""
    blobs: Any = make_blobs(
        n_samples=points,
        n_features=features,
        centers=clusters,
        cluster_std=spread,
        random_state=seed,
    )
    observations = np.ascontiguousarray(blobs[0], dtype=np.float64)
    drawn = np.random.default_rng(seed).choice(points, size=clusters, replace=False)
    return Data(
        observations=observations,
        starts=observations[np.sort(drawn)].copy(),
        variance=_variance(observations),
    )


def _variance(observations: NDArray[np.float64]) -> float:
    """Return mean(var(X)) of the features; column by column, without a copy of all."""
    return float(np.mean([column.var() for column in observations.T]))


def inertia(observations: NDArray[np.float64], centroids: NDArray[np.float64]) -> float:
    """Return the sum of squared distances to the nearest centroid, whatever library found them."""
    total = 0.0
    for begin in range(0, len(observations), _TOGETHER):
        part = observations[begin : begin + _TOGETHER]
        nearest = pairwise_distances_argmin(part, centroids)
        difference = part - centroids[nearest]
        total += float(np.einsum("ij,ij->", difference, difference))
    return total
