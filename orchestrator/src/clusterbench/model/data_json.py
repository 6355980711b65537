"""A data folder's files, written from lists of numbers in the one form that all readers read alike.

Standard library only, as for `config.data_files`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = list[float]


def model_json(rows: Sequence[Row], head: Mapping[str, int] | None = None) -> bytes:
    """Write a model; `head` has keys of its own, after the counts."""
    keys = {"n_clusters": len(rows), "n_features": len(rows[0]), **(head or {})}
    lines = "".join(f" {json.dumps(key)}: {value},\n" for key, value in keys.items())
    return f'{{\n{lines} "centroids": {_lines(rows, "  ")}\n}}\n'.encode()


def observations_json(rows: Iterable[Row]) -> bytes:
    """Write requests of one observation each."""
    return f"{_lines([{'features': row} for row in rows], ' ')}\n".encode()


def batches_json(batches: Iterable[Iterable[Row]]) -> bytes:
    """Write requests of many observations each."""
    items = [{"observations": [{"features": row} for row in batch]} for batch in batches]
    return f"{_lines(items, ' ')}\n".encode()


def _lines(items: Sequence[Any], pad: str) -> str:
    """Write a list one item a line: readable, and a change shows as one line."""
    return "[\n" + ",\n".join(pad + json.dumps(item) for item in items) + f"\n{pad[:-1]}]"
