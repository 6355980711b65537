"""Reads a data folder, and checks that its model and its requests fit each other."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterbench.errors import ConfigError
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS, DataFolder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_REMEDY = "make a new folder with `data generate --out DIR`"


def read_data(path: Path) -> DataFolder:
    """Read a data folder. Raises ConfigError naming the file and what is wrong with it."""
    raw = {name: _bytes(path / name) for name in (MODEL, OBSERVATIONS, BATCHES)}
    centroids = _centroids(path / MODEL, raw[MODEL])
    width = centroids.shape[1]
    observations = _requests(path / OBSERVATIONS, raw[OBSERVATIONS], width)
    batches = tuple(
        _rows(
            path / BATCHES,
            f"request {index}",
            [_features(path / BATCHES, item) for item in _batch(path / BATCHES, request)],
            width,
        )
        for index, request in enumerate(_list(path / BATCHES, raw[BATCHES]))
    )
    return DataFolder(
        path=path,
        centroids=centroids,
        observations=observations,
        batches=batches,
        model_json=raw[MODEL],
        observations_json=raw[OBSERVATIONS],
        batches_json=raw[BATCHES],
    )


def with_model(data: DataFolder, file: Path) -> DataFolder:
    """Return the same requests with another model.

    Raises ConfigError where the file cannot be read, or the requests do not fit its model.
    """
    raw = _bytes(file)
    centroids = _centroids(file, raw)
    theirs, ours = centroids.shape[1], data.observations.shape[1]
    if theirs != ours:
        raise ConfigError(
            f"{file}: takes {theirs} features, and {data.path / OBSERVATIONS} has {ours}; "
            "leave out the contender that has this model, or give the requests as many"
        )
    return replace(data, centroids=centroids, model_json=raw)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; {_REMEDY}") from error


def _json(file: Path, raw: bytes) -> Any:  # noqa: ANN401 - it is checked by what calls this
    try:
        return json.loads(raw)
    except ValueError as error:
        raise ConfigError(f"{file}: not JSON ({error}); {_REMEDY}") from error


def _object(file: Path, raw: bytes) -> dict[str, Any]:
    value = _json(file, raw)
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: holds no object; {_REMEDY}")
    return value


def _list(file: Path, raw: bytes) -> list[Any]:
    value = _json(file, raw)
    if not isinstance(value, list) or not value:
        raise ConfigError(f"{file}: holds no list of requests; {_REMEDY}")
    return value


def _features(file: Path, item: object) -> object:
    if not isinstance(item, dict) or "features" not in item:
        raise ConfigError(f"{file}: an observation has no `features`; {_REMEDY}")
    return item["features"]


def _batch(file: Path, request: object) -> list[Any]:
    if not isinstance(request, dict) or not isinstance(request.get("observations"), list):
        raise ConfigError(f"{file}: a request has no list of `observations`; {_REMEDY}")
    observations: list[Any] = request["observations"]
    return observations


def _centroids(file: Path, raw: bytes) -> NDArray[np.float64]:
    model = _object(file, raw)
    centroids = _rows(file, "centroids", model.get("centroids"))
    count, width = len(centroids), len(centroids[0])
    said = (model.get("n_clusters"), model.get("n_features"))
    if said != (count, width):
        raise ConfigError(
            f"{file}: n_clusters and n_features say {said[0]} x {said[1]}, "
            f"the centroids are {count} x {width}"
        )
    return centroids


def _requests(file: Path, raw: bytes, width: int) -> NDArray[np.float64]:
    rows = [_features(file, item) for item in _list(file, raw)]
    return _rows(file, "requests", rows, width)


def _rows(file: Path, what: str, value: object, width: int | None = None) -> NDArray[np.float64]:
    try:
        rows = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{file}: {what} are not rows of numbers of one length; {_REMEDY}"
        ) from error
    if rows.ndim != 2 or 0 in rows.shape:  # noqa: PLR2004 - rows by columns
        raise ConfigError(f"{file}: {what} are not rows of numbers; {_REMEDY}")
    if width is not None and rows.shape[1] != width:
        raise ConfigError(
            f"{file}: {what} have {rows.shape[1]} features, the model has {width}; {_REMEDY}"
        )
    if not math.isfinite(float(np.abs(rows).max())):
        raise ConfigError(f"{file}: {what} hold a number that is not finite; {_REMEDY}")
    return rows
