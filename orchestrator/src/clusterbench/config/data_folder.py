"""The data folder: a model and the requests that servers are sent, made from a seed.

The standard library's generator makes the numbers, and JSON's shortest form writes them, so
that the same seed gives the same bytes on every host and Python.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clusterbench.errors import ConfigError
from clusterbench.model.experiment import DataSet

if TYPE_CHECKING:
    from collections.abc import Mapping


MODEL = "model.json"
OBSERVATIONS = "observations.json"
BATCHES = "observations_batch.json"

#: Requests of observations_batch.json, as published.
N_BATCHES = 100
#: Half the width of the cube from which features are drawn.
BOUND = 100.0


def generate(
    *, clusters: int, features: int, samples: int, batch: int, seed: int
) -> Mapping[str, bytes]:
    """Make a data folder's files: name -> content.

    `clusters` centroids and `samples` requests of one observation and N_BATCHES requests of
    `batch` observations, all of `features` numbers, uniform in [-100, 100). Raises ConfigError
    for a count below 1.
    """
    for name, count in {
        "clusters": clusters,
        "features": features,
        "samples": samples,
        "batch": batch,
    }.items():
        if count < 1:
            raise ConfigError(f"data generate: --{name} is {count}; it takes 1 or more")
    draw = random.Random(seed)  # noqa: S311 - repeatable is the point

    def row() -> list[float]:
        return [draw.uniform(-BOUND, BOUND) for _ in range(features)]

    centroids = [row() for _ in range(clusters)]
    observations = [{"features": row()} for _ in range(samples)]
    batches = [
        {"observations": [{"features": row()} for _ in range(batch)]} for _ in range(N_BATCHES)
    ]
    head = {"n_clusters": clusters, "n_features": features, "seed": seed}
    return {
        MODEL: _model(head, centroids),
        OBSERVATIONS: f"{_lines(observations, ' ')}\n".encode(),
        BATCHES: f"{_lines(batches, ' ')}\n".encode(),
    }


def blobs(*, points: int, seed: int, n_blobs: int = 3, features: int = 2) -> bytes:
    """Make a model.json whose centroids are the points of blobs, drawn as `make_blobs` draws them.

    That is a K-means model with as many clusters as points: Gaussian blobs of standard deviation
    1, about as many points to each, their centres uniform in [-10, 10). Raises ConfigError for a
    count below 1.
    """
    for name, count in {"points": points, "blobs": n_blobs, "features": features}.items():
        if count < 1:
            raise ConfigError(f"data blobs: --{name} is {count}; it takes 1 or more")
    draw = random.Random(seed)  # noqa: S311 - repeatable is the point
    centres = [[draw.uniform(-10.0, 10.0) for _ in range(features)] for _ in range(n_blobs)]
    rows = [
        [draw.gauss(middle, 1.0) for middle in centres[number % n_blobs]]
        for number in range(points)
    ]
    return _model({"n_clusters": points, "n_features": features, "seed": seed}, rows)


def _model(head: Mapping[str, int], centroids: list[list[float]]) -> bytes:
    lines = "".join(f" {json.dumps(key)}: {value},\n" for key, value in head.items())
    return f'{{\n{lines} "centroids": {_lines(centroids, "  ")}\n}}\n'.encode()


def _lines(items: list[Any], pad: str) -> str:
    """Write a list one item a line: readable, and a change shows as one line."""
    return "[\n" + ",\n".join(pad + json.dumps(item) for item in items) + f"\n{pad[:-1]}]"


@dataclass(frozen=True, slots=True, eq=False)
class DataFolder:
    """A data folder that was read and checked.

    `centroids` is (n_clusters, n_features), `observations` (n_requests, n_features), each of
    `batches` (batch, n_features), all float64. The `*_json` are the files as they are.
    """

    path: Path
    centroids: NDArray[np.float64]
    observations: NDArray[np.float64]
    batches: tuple[NDArray[np.float64], ...]
    model_json: bytes
    observations_json: bytes
    batches_json: bytes

    @classmethod
    def read(cls, path: Path) -> DataFolder:
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
        return cls(
            path=path,
            centroids=centroids,
            observations=observations,
            batches=batches,
            model_json=raw[MODEL],
            observations_json=raw[OBSERVATIONS],
            batches_json=raw[BATCHES],
        )

    def with_model(self, file: Path) -> DataFolder:
        """Return the same requests with another model.

        Raises ConfigError where the file cannot be read, or the requests do not fit its model.
        """
        raw = _bytes(file)
        centroids = _centroids(file, raw)
        theirs, ours = centroids.shape[1], self.observations.shape[1]
        if theirs != ours:
            raise ConfigError(
                f"{file}: takes {theirs} features, and {self.path / OBSERVATIONS} has {ours}; "
                "leave out the contender that has this model, or give the requests as many"
            )
        return replace(self, centroids=centroids, model_json=raw)

    def describe(self) -> DataSet:
        """Return what the folder holds, with the SHA-256 of each file."""
        contents = {
            MODEL: self.model_json,
            OBSERVATIONS: self.observations_json,
            BATCHES: self.batches_json,
        }
        return DataSet(
            n_clusters=self.centroids.shape[0],
            n_features=self.centroids.shape[1],
            n_requests=len(self.observations),
            n_batches=len(self.batches),
            digest={name: hashlib.sha256(raw).hexdigest() for name, raw in contents.items()},
        )


def distances(row: NDArray[np.float64], centroids: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Euclidean distance of an observation (d,) to each centroid (k, d), as (k,)."""
    found: NDArray[np.float64] = np.sqrt(((centroids - row) ** 2).sum(axis=1))
    return found


_REMEDY = "make a new folder with `data generate --out DIR`"


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
