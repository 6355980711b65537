"""Data folders at the edge of what their reader takes, written by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clusterbench.config.data_files import LARGEST_MESSAGE, batch_bytes
from clusterbench.config.data_folder import read_data
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.data import DataFolder

Row = list[float]

LARGE_BATCH = "a batch of gRPC's usual limit"
WIDE = 3000
#: Name -> centroids and observations that are at the edge of what is taken.
EDGES: dict[str, tuple[list[Row], list[Row]]] = {
    "the largest numbers": (
        [[1e100, -1e100], [-1e100, 1e100], [1e100, 1e100]], [[1e100, -1e100], [-1e99, 1e100]],
    ),
    "the smallest numbers": (
        [[5e-324, -5e-324], [-0.0, 0.0], [1.0, 2e-308]], [[5e-324, 0.0], [1.0, -0.0]],
    ),
    "centroids that come twice": (
        [[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [3.0, 4.0]], [[1.0, 2.0], [3.5, 4.5]],
    ),
    "nothing but one centroid many times": ([[1.0, 2.0]] * 300, [[1.0, 2.0], [5.0, 5.0]]),
    "ties": ([[0.0, 0.0], [2.0, 0.0]], [[1.0, 0.0], [1.0, 7.0]]),
    "one cluster of one feature": ([[1.5]], [[1.5], [-2.0]]),
    "whole numbers that no double holds": (
        [[9007199254740993, 0], [18446744073709551617, 5]], [[1, 9223372036854775809]],
    ),
    LARGE_BATCH: ([[1.0, 1.0], [-4.0, 4.0], [9.0, 9.0]], [[1.0, 2.0], [-3.0, 4.0]]),
    "thousands of features": (
        [[float((i * j) % 7) for j in range(WIDE)] for i in (1, 2, 3)],
        [[float((i * j) % 7) for j in range(WIDE)] for i in (3, 5)],
    ),
}  # fmt: skip


def edge(name: str, path: Path) -> DataFolder:
    """Write one of EDGES as a data folder, and read it. Its batch has all its observations."""
    centroids, rows = EDGES[name]
    many = LARGEST_MESSAGE // batch_bytes(len(rows), len(rows[0])) if name == LARGE_BATCH else 1
    asked = [{"features": row} for row in rows]
    model = {"n_clusters": len(centroids), "n_features": len(rows[0]), "centroids": centroids}
    path.mkdir()
    for file, content in {
        MODEL: {"made": "by hand", **model},
        OBSERVATIONS: asked,
        BATCHES: [{"observations": asked * many}],
    }.items():
        (path / file).write_text(json.dumps(content))
    return read_data(path)
