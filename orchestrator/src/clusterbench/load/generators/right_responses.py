"""The right response to each request, for a generator that compares every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from clusterbench.load.generator import Right
from clusterbench.load.generators.bodies import NOOP_RESPONSE
from clusterbench.model.data import PARITY_TOLERANCE, distances
from clusterbench.model.experiment import Method

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder


def right_of(data: DataFolder, method: Method, *, noop: bool) -> Right | None:
    """Return which responses are right; None where more than one is, to any of the requests.

    Parity takes either of two centroids that are as near as each other, and so must a load.
    """
    if noop:
        return Right.NOOP
    rows = np.concatenate(_requests(data, method))
    clear = all(_unmistakable(distances(row, data.centroids)) for row in rows)
    return Right.NEAREST if clear else None


def right_responses(data: DataFolder, method: Method, right: Right) -> bytes:
    """Return the right responses as a JSON array of messages, in the order of the requests."""
    chosen = (
        [NOOP_RESPONSE] * len(rows)
        if right is Right.NOOP
        else [int(distances(row, data.centroids).argmin()) for row in rows]
        for rows in _requests(data, method)
    )
    return msgspec.json.encode(list(_messages(method, chosen)))


def _messages(method: Method, chosen: Iterator[list[int]]) -> Iterator[dict[str, Any]]:
    for clusters in chosen:
        if method is Method.PREDICT:
            yield {"cluster_index": clusters[0]}
        else:
            yield {"cluster_indexes": clusters}


def _requests(data: DataFolder, method: Method) -> Sequence[NDArray[np.float64]]:
    """Return the observations of each request, (n, d) each."""
    if method is Method.PREDICT:
        return [row[np.newaxis] for row in data.observations]
    return data.batches


def _unmistakable(away: NDArray[np.float64]) -> bool:
    """Return whether the nearest is nearer than all others, by more than parity allows."""
    if away.size == 1:
        return True
    nearest, second = np.partition(away, 1)[:2]
    return bool(second > nearest * (1 + PARITY_TOLERANCE))
