"""Request bodies for a generator that sends one body again and again, and looks at bytes only."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import centroids_pb2 as pb
import numpy as np

from clusterbench.model.data import distances
from clusterbench.model.experiment import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder

#: What a no-op handler answers for each observation.
NOOP_RESPONSE = 1

#: The second nearest centroid must be this much farther (relative), or libraries that round
#: differently could rightly answer differently.
_CLEAR = 1e-6

#: From this index on, an answer takes one byte more.
_ONE_BYTE = 128


@dataclass(frozen=True, slots=True)
class Body:
    """A framed request, and how many bytes a right response's body has, frame included."""

    request: bytes
    response_bytes: int


def body(data: DataFolder, method: Method, *, noop: bool = False) -> Body:
    """Choose the request that is sent again and again, and say how long a right response is.

    For Predict, the first observation whose cluster is unmistakable and neither 0 (which
    protobuf leaves out, so that a right response would look like an empty one) nor above 127
    (so that answers to it have the same size as a no-op handler's). For PredictBatch, the first
    batch whose clusters are all unmistakable. Where the data has no such request, the next best.
    `noop` says that the server has a no-op handler.
    """
    if method is Method.PREDICT:
        rows = _first(
            [row[np.newaxis] for row in data.observations],
            lambda rows: _clusters(rows, data.centroids),
            (_one_byte, _seen),
        )
        request = pb.PredictRequest(features=rows[0].tolist()).SerializeToString()
    else:
        rows = _first(data.batches, lambda rows: _clusters(rows, data.centroids), (_clear,))
        request = pb.PredictBatchRequest(
            observations=[pb.Observation(features=row) for row in rows.tolist()]
        ).SerializeToString()
    responses = (
        [NOOP_RESPONSE] * len(rows)
        if noop
        else [index for index, _ in _clusters(rows, data.centroids)]
    )
    return Body(request=frame(request), response_bytes=len(frame(_answer(method, responses))))


def frame(message: bytes) -> bytes:
    """Put gRPC's length prefix before an uncompressed message (gRPC over HTTP/2, "Requests")."""
    return struct.pack(">BI", 0, len(message)) + message


def _answer(method: Method, clusters: Sequence[int]) -> bytes:
    if method is Method.PREDICT:
        answer: bytes = pb.PredictResponse(cluster_index=clusters[0]).SerializeToString()
    else:
        answer = pb.PredictBatchResponse(cluster_indexes=clusters).SerializeToString()
    return answer


_Clusters = list[tuple[int, bool]]


def _clusters(rows: NDArray[np.float64], centroids: NDArray[np.float64]) -> _Clusters:
    """Return each row's nearest centroid, and whether no other is about as near."""
    found = []
    for row in rows:
        away = distances(row, centroids)
        index = int(away.argmin())
        others = np.delete(away, index)
        clear = not others.size or float(others.min()) > away[index] * (1 + _CLEAR)
        found.append((index, clear))
    return found


def _clear(clusters: _Clusters) -> bool:
    return all(clear for _, clear in clusters)


def _seen(clusters: _Clusters) -> bool:
    return _clear(clusters) and all(index for index, _ in clusters)


def _one_byte(clusters: _Clusters) -> bool:
    return _seen(clusters) and all(index < _ONE_BYTE for index, _ in clusters)


def _first(
    requests: Sequence[NDArray[np.float64]],
    clusters: Callable[[NDArray[np.float64]], _Clusters],
    wishes: Iterable[Callable[[_Clusters], bool]],
) -> NDArray[np.float64]:
    """Return the first request that meets the first wish that any meets; else the first one."""
    for wish in wishes:
        for rows in requests:
            if wish(clusters(rows)):
                return rows
    return requests[0]
