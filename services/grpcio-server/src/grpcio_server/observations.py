"""From the features of a request to a list or an array, checked on the way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from centroids_pb2 import Observation
    from numpy.typing import NDArray


class ObservationError(ValueError):
    """An observation that the model cannot answer; the message says which row, and why."""


def as_rows(observations: Sequence[Observation], n_features: int) -> NDArray[np.float64]:
    """Make an array of many, (n, n_features). Raises ObservationError for the first bad one.

    One after the other, and never all of them as objects: 64 MiB hold 33 million empty ones.
    """
    flat: list[float] = []
    for each in observations:
        features = each.features
        if len(features) != n_features:
            break
        # A slice of the field is a list made in one go: quicker than iterating the field.
        flat += features[:]
    else:
        rows = np.array(flat, dtype=np.float64)
        if np.isfinite(rows).all():
            return rows.reshape(-1, n_features)
    # Something is wrong: find the first bad row, at leisure.
    for row, each in enumerate(observations):
        as_row(row, each.features, n_features)
    raise AssertionError("a batch failed its checks, but none of its rows did")


def as_row(row: int, features: Sequence[float], n_features: int) -> Sequence[float]:
    """Make a list of one observation. Raises ObservationError unless it is whole and finite."""
    if len(features) != n_features:
        raise ObservationError(f"row {row}: {len(features)} features came, {n_features} wanted")
    values = features[:]
    if all(map(math.isfinite, values)):
        return values
    feature, value = next((j, x) for j, x in enumerate(values) if not math.isfinite(x))
    raise ObservationError(f"row {row}, feature {feature}: {_spell(value)} is not a finite number")


def _spell(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "infinity" if value > 0 else "-infinity"
