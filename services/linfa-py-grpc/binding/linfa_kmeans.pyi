# Types of the module that src/ is; its docstrings are there.
# ruff: noqa: N803 - scikit-learn calls observations X.
import os
from collections.abc import Sequence
from typing import Any, Literal, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__version__: str

class NotFittedError(ValueError, AttributeError): ...

@final
class KMeans:
    n_clusters: int
    init: Literal["k-means++", "random"] | NDArray[np.float64]
    n_init: int | Literal["auto"]
    max_iter: int
    tol: float
    random_state: int | None
    compute_labels: bool

    def __new__(
        cls,
        n_clusters: int = 8,
        *,
        init: Literal["k-means++", "random"] | ArrayLike = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | None = None,
        compute_labels: bool = True,
    ) -> Self: ...
    @classmethod
    def from_centers(cls, centers: ArrayLike) -> Self: ...
    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self: ...
    def save(self, path: str | os.PathLike[str]) -> None: ...
    def fit(self, X: ArrayLike, y: object = None) -> Self: ...
    def predict(self, X: ArrayLike) -> NDArray[np.int32]: ...
    def predict_one(self, row: Sequence[float] | NDArray[np.float64]) -> int: ...
    def fit_predict(self, X: ArrayLike, y: object = None) -> NDArray[np.int32]: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    @property
    def cluster_centers_(self) -> NDArray[np.float64]: ...
    @property
    def n_features_in_(self) -> int: ...
    @property
    def n_iter_(self) -> int: ...
    @property
    def inertia_(self) -> float: ...
    @property
    def labels_(self) -> NDArray[np.int32]: ...
