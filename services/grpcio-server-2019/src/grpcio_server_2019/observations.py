"""From the features of a request to an array, checked on the way, in the words of every server."""

from __future__ import annotations

import math
from typing import Any, Iterable, List, Sequence

import numpy as np


class ObservationError(ValueError):
    """An observation that the model cannot answer; the message says which row, and why."""


def as_rows(observations: Iterable[Sequence[float]], n_features: int) -> Any:
    """Make an array, (n, n_features). Raises ObservationError for the first bad one.

    Each is looked at before it is used: of a wrong width linfa 0.1.0 ends the process, and of
    what is not finite it says cluster 0.
    """
    flat: List[float] = []
    for row, features in enumerate(observations):
        check(row, features, n_features)
        flat += features
    return np.array(flat, dtype=np.float64).reshape(-1, n_features)


def check(row: int, features: Sequence[float], n_features: int) -> None:
    """Raise ObservationError unless the features are as many as wanted, and each is finite."""
    if len(features) != n_features:
        raise ObservationError(f"row {row}: {len(features)} features came, {n_features} wanted")
    if all(map(math.isfinite, features)):
        return
    feature, value = next((j, x) for j, x in enumerate(features) if not math.isfinite(x))
    raise ObservationError(f"row {row}, feature {feature}: {_spell(value)} is not a finite number")


def _spell(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "infinity" if value > 0 else "-infinity"
