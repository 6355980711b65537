"""From the features of a request to an array, checked on the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray


class InvalidObservation(ValueError):
    """An observation that the model cannot answer; the message says which row, and why."""


def as_row(features: Sequence[float], n_features: int) -> NDArray[np.float64]:
    """One observation, (n_features,). Raises InvalidObservation, as of row 0."""
    check(0, features, n_features)
    return np.array(features, dtype=np.float64)


def as_rows(observations: Sequence[Sequence[float]], n_features: int) -> NDArray[np.float64]:
    """Many observations, (n, n_features). Raises InvalidObservation for the first bad one."""
    if all(len(features) == n_features for features in observations):
        flat = np.fromiter(
            chain.from_iterable(observations), np.float64, count=len(observations) * n_features
        )
        if np.isfinite(flat).all():
            return flat.reshape(-1, n_features)
    # Something is wrong: find the first bad row, at leisure.
    for row, features in enumerate(observations):
        check(row, features, n_features)
    raise AssertionError("a batch failed its checks, but none of its rows did")


def check(row: int, features: Sequence[float], n_features: int) -> None:
    """Raise InvalidObservation unless the features are as many as wanted, and each is finite."""
    if len(features) != n_features:
        raise InvalidObservation(f"row {row}: {len(features)} features came, {n_features} wanted")
    if all(map(math.isfinite, features)):
        return
    feature, value = next((j, x) for j, x in enumerate(features) if not math.isfinite(x))
    raise InvalidObservation(f"row {row}, feature {feature}: {_spell(value)} is not a finite number")


def _spell(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "infinity" if value > 0 else "-infinity"
