"""The model file: read once, checked whole, and then a type that cannot be wrong."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from grpcio_server.errors import UsageError

_REMEDY = "give another with --model or SERVER_MODEL"


@dataclass(frozen=True)
class Model:
    """A K-means model: at least one centroid of at least one feature, all finite."""

    path: Path
    centroids: tuple[tuple[float, ...], ...]
    """Rows, all of the same width; a cluster's index is its row's, counted from 0."""

    @property
    def n_clusters(self) -> int:
        """How many centroids there are."""
        return len(self.centroids)

    @property
    def n_features(self) -> int:
        """How many features an observation has."""
        return len(self.centroids[0])


def read_model(path: Path) -> Model:
    """Read a model from JSON: n_clusters, n_features, centroids (rows); other keys are allowed.

    Raises UsageError, with one line that says what is wrong, where, and what to do.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"model {path}: {error.strerror}; {_REMEDY}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"model {path}: is not JSON: {error}; {_REMEDY}") from error
    try:
        return Model(path, _centroids(document))
    except UsageError as error:
        raise UsageError(f"model {path}: {error}; mend it, or {_REMEDY}") from error


def _centroids(document: object) -> tuple[tuple[float, ...], ...]:
    if not isinstance(document, dict):
        raise UsageError("is not a JSON object")
    n_clusters, n_features = (_count(document, key) for key in ("n_clusters", "n_features"))
    rows = _get(document, "centroids")
    if not isinstance(rows, list):
        raise UsageError("centroids is not a list of rows")
    if len(rows) != n_clusters:
        raise UsageError(f"n_clusters is {n_clusters}, but centroids has {len(rows)} rows")
    return tuple(_row(index, row, n_features) for index, row in enumerate(rows))


def _get(document: dict[str, object], key: str) -> object:
    if key not in document:
        raise UsageError(f"has no {key}")
    return document[key]


def _count(document: dict[str, object], key: str) -> int:
    value = _get(document, key)
    # JSON's true is an int to Python.
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{key} is {json.dumps(value)[:40]}, not a whole number from 1 up")
    return value


def _row(index: int, row: object, n_features: int) -> tuple[float, ...]:
    if not isinstance(row, list):
        raise UsageError(f"row {index} of centroids is not a list of numbers")
    if len(row) != n_features:
        raise UsageError(
            f"n_features is {n_features}, but row {index} of centroids has {len(row)} numbers"
        )
    return tuple(_number(index, feature, value) for feature, value in enumerate(row))


def _number(index: int, feature: int, value: object) -> float:
    where = f"row {index}, feature {feature} of centroids"
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise UsageError(f"{where} is not a number")
    try:
        number = float(value)
    except OverflowError:
        raise UsageError(f"{where} is too large a number") from None
    if not math.isfinite(number):
        raise UsageError(f"{where} is not a finite number")
    return number
