"""linfa's K-means for Python, with scikit-learn's manners."""

import os
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

__version__: str

class NotFittedError(ValueError, AttributeError):
    """What is asked for comes of fitting, which was not done."""

class KMeans:
    """K-means clustering by linfa."""

    n_clusters: int
    init: Literal["k-means++", "random"] | NDArray[np.float64]
    n_init: int | Literal["auto"]
    max_iter: int
    tol: float
    random_state: int | None

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Literal["k-means++", "random"] | ArrayLike = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | None = None,
    ) -> None: ...
    @classmethod
    def from_centers(cls, centers: ArrayLike) -> Self:
        """A model of these centroids, exactly: (n_clusters, n_features)."""
    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The model that a file holds, as `save` writes it."""
    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model as JSON; its numbers read back exactly."""
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Finds the clusters of the observations X, (n_samples, n_features)."""
    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """The cluster of each row of X: (n_samples, n_features) to (n_samples,)."""
    def predict_one(self, row: Sequence[float] | NDArray[np.float64]) -> int:
        """The cluster of one observation of n_features numbers."""
    def fit_predict(self, X: ArrayLike, y: object = None) -> NDArray[np.int32]:
        """`fit`, and then `labels_`."""
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name."""
    @property
    def cluster_centers_(self) -> NDArray[np.float64]:
        """The centroids, (n_clusters, n_features): a copy."""
    @property
    def n_features_in_(self) -> int:
        """How many features an observation has."""
    @property
    def n_iter_(self) -> int:
        """Iterations, summed over all restarts."""
    @property
    def inertia_(self) -> float:
        """Sum of squared distances of the observations to their centroids."""
    @property
    def labels_(self) -> NDArray[np.int32]:
        """The cluster of each observation that it was fitted to, (n_samples,): a copy."""
