"""A data folder's files made from a seed.

The standard library's generator makes the numbers, and JSON's shortest form writes them, so
that the same seed gives the same bytes on every host and Python.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from clusterbench.config.data_files import (
    LARGEST_MESSAGE,
    batch_bytes,
)
from clusterbench.config.option_values import check_within
from clusterbench.config.strict_json import LARGEST_FILE
from clusterbench.errors import ConfigError
from clusterbench.model import bounds
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS
from clusterbench.model.data_json import batches_json, model_json, observations_json

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Requests of observations_batch.json, as published.
N_BATCHES = 100
#: Half the width of the cube from which features are drawn.
BOUND = 100.0
#: Bytes of a file that a number takes at most, and an observation beside its numbers.
_NUMBER_BYTES, _ROW_BYTES = 22, 24


def generate(
    *, clusters: int, features: int, samples: int, batch: int, seed: int
) -> Mapping[str, bytes]:
    """Make a data folder's files: name -> content.

    `clusters` centroids and `samples` requests of one observation and N_BATCHES requests of
    `batch` observations, all of `features` numbers, uniform in [-100, 100). Raises ConfigError
    for a count that is out of its bounds, or where a file would be larger than is read again.
    """
    command = "data generate"
    counts = {"clusters": clusters, "features": features, "samples": samples, "batch": batch}
    _check(command, counts, seed)
    _check_size(f"{command}: --clusters {clusters}", clusters, features)
    _check_size(f"{command}: --samples {samples}", samples, features)
    _check_size(f"{command}: --batch {batch}", N_BATCHES * batch, features)
    if (size := batch_bytes(batch, features)) > LARGEST_MESSAGE:
        raise ConfigError(
            f"{command}: --batch {batch}, --features {features}: makes requests of {size} bytes; "
            f"the most is {LARGEST_MESSAGE}, gRPC's usual limit"
        )
    draw = random.Random(seed)  # noqa: S311 - repeatable is the point

    def row() -> list[float]:
        return [draw.uniform(-BOUND, BOUND) for _ in range(features)]

    centroids = [row() for _ in range(clusters)]
    observations = [row() for _ in range(samples)]
    batches = [[row() for _ in range(batch)] for _ in range(N_BATCHES)]
    return {
        MODEL: model_json(centroids, {"seed": seed}),
        OBSERVATIONS: observations_json(observations),
        BATCHES: batches_json(batches),
    }


def blobs(*, points: int, seed: int, n_blobs: int = 3, features: int = 2) -> bytes:
    """Make a model.json whose centroids are the points of blobs, drawn as `make_blobs` draws them.

    That is a K-means model with as many clusters as points: Gaussian blobs of standard deviation
    1, about as many points to each, their centres uniform in [-10, 10). Raises ConfigError for a
    count that is out of its bounds.
    """
    _check("data blobs", {"points": points, "blobs": n_blobs, "features": features}, seed)
    _check_size(f"data blobs: --points {points}", points, features)
    draw = random.Random(seed)  # noqa: S311 - repeatable is the point
    centres = [[draw.uniform(-10.0, 10.0) for _ in range(features)] for _ in range(n_blobs)]
    rows = [
        [draw.gauss(middle, 1.0) for middle in centres[number % n_blobs]]
        for number in range(points)
    ]
    return model_json(rows, {"seed": seed})


def _check(command: str, counts: Mapping[str, int], seed: int) -> None:
    """Raise ConfigError for a count or a seed that is out of its bounds."""
    check_within(f"{command}: --seed", seed, bounds.SEEDS)
    for name, count in counts.items():
        allowed = bounds.FEATURES if name == "features" else bounds.CLUSTERS
        check_within(f"{command}: --{name}", count, allowed)


def _check_size(option: str, rows: int, features: int) -> None:
    """Raise ConfigError where a file of so many observations would be too large to be read."""
    most = LARGEST_FILE // (_NUMBER_BYTES * features + _ROW_BYTES)
    if rows > most:
        raise ConfigError(
            f"{option}, --features {features}: {rows} observations in one file; the most of this "
            f"size is {most}, in a file of {LARGEST_FILE >> 20} MiB"
        )
