"""A predictor made of an estimator with scikit-learn's manners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


class EstimatorPredictor:
    """Predicts by the estimator's `predict`: one row is a batch of one, its only way for it."""

    def __init__(self, estimator: Any) -> None:  # noqa: ANN401 - KMeans of any of the libraries
        """`estimator.predict` takes an array, (n, n_features), and returns one, (n,)."""
        self.predict = estimator.predict

    def predict_one(self, row: Sequence[float]) -> int:
        """Return the cluster of one row."""
        return int(self.predict(np.array([row]))[0])
