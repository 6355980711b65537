"""A data folder's files made from a seed.

The standard library's generator makes the numbers, and JSON's shortest form writes them, so
that the same seed gives the same bytes on every host and Python.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from clusterbench.config.option_values import check_count
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    counts = {"clusters": clusters, "features": features, "samples": samples, "batch": batch}
    for name, count in counts.items():
        check_count(f"data generate: --{name}", count)
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
        check_count(f"data blobs: --{name}", count)
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
