"""Reads a data folder, and checks that its model and its requests fit each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
import numpy as np

from clusterbench.errors import ConfigError
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS, DataFolder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_REMEDY = "make a new folder with `data generate --out DIR`"

T = TypeVar("T")
_OneOrMore = Annotated[list[T], msgspec.Meta(min_length=1)]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class _Model(msgspec.Struct):
    n_clusters: _Count
    n_features: _Count
    centroids: _OneOrMore[list[float]]


class _Observation(msgspec.Struct):
    features: list[float]


class _Batch(msgspec.Struct):
    observations: _OneOrMore[_Observation]


def read_data(path: Path) -> DataFolder:
    """Read a data folder. Raises ConfigError naming the file and what is wrong with it."""
    raw = {name: _bytes(path / name) for name in (MODEL, OBSERVATIONS, BATCHES)}
    centroids = _centroids(path / MODEL, raw[MODEL])
    width = centroids.shape[1]
    file = path / OBSERVATIONS
    requests = _decoded(file, raw[OBSERVATIONS], _OneOrMore[_Observation])
    observations = _rows(file, "requests", [each.features for each in requests], width)
    file = path / BATCHES
    batches = tuple(
        _rows(file, f"request {index}", [each.features for each in batch.observations], width)
        for index, batch in enumerate(_decoded(file, raw[BATCHES], _OneOrMore[_Batch]))
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


def _decoded(file: Path, raw: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}; {_REMEDY}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not JSON ({error}); {_REMEDY}") from error


def _centroids(file: Path, raw: bytes) -> NDArray[np.float64]:
    model = _decoded(file, raw, _Model)
    centroids = _rows(file, "centroids", model.centroids, model.n_features)
    if len(centroids) != model.n_clusters:
        there = f"{len(centroids)} are there"
        raise ConfigError(f"{file}: n_clusters is {model.n_clusters}, {there}; {_REMEDY}")
    return centroids


def _rows(file: Path, what: str, rows: list[list[float]], width: int) -> NDArray[np.float64]:
    """Return rows of `width` numbers each as (rows, width)."""
    if wrong := {len(row) for row in rows} - {width}:
        raise ConfigError(
            f"{file}: {what} have {min(wrong)} features, the model has {width}; {_REMEDY}"
        )
    return np.array(rows, dtype=np.float64)
