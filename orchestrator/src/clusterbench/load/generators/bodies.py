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
    from collections.abc import Iterable, Sequence

    from google.protobuf.message import Message
    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder

#: What a no-op handler answers for each observation.
NOOP_RESPONSE = 1

#: The second nearest centroid must be this much farther (relative), or libraries that round
#: differently could rightly answer differently.
_CLEAR = 1e-6

#: From this index on, a response takes one byte more.
_ONE_BYTE = 128


@dataclass(frozen=True, slots=True)
class Body:
    """A framed request, and how many bytes a right response's body has, frame included.

    None where right responses may differ in that.
    """

    request: bytes
    response_bytes: int | None


def body(data: DataFolder, method: Method, *, noop: bool = False) -> Body:
    """Choose the request that is sent again and again, and say how long a right response is.

    For Predict, the first observation whose cluster is unmistakable and neither 0 (which
    protobuf leaves out, so that a right response would look like an empty one) nor above 127
    (so that its response has the same size as a no-op handler's). For PredictBatch, the first
    batch whose clusters are all unmistakable. Where the data has no such request, the next best;
    where an observation of it is as near to one centroid as to another, libraries may rightly
    answer with either. `noop` says that the server has a no-op handler.
    """
    many = len(data.centroids)
    if method is Method.PREDICT:
        observations = [row[np.newaxis] for row in data.observations]
        rows = _first(
            observations, data.centroids, (range(1, _ONE_BYTE), range(1, many), range(many))
        )
        request: Message = pb.PredictRequest(features=rows[0].tolist())
    else:
        rows = _first(data.batches, data.centroids, (range(many),))
        request = pb.PredictBatchRequest(
            observations=[pb.Observation(features=row) for row in rows.tolist()]
        )
    clusters, clear = _clusters(rows, data.centroids)
    if noop:
        clusters, clear = [NOOP_RESPONSE] * len(rows), True
    if method is Method.PREDICT:
        response: Message = pb.PredictResponse(cluster_index=clusters[0])
    else:
        response = pb.PredictBatchResponse(cluster_indexes=clusters)
    return Body(
        request=frame(request.SerializeToString()),
        response_bytes=len(frame(response.SerializeToString())) if clear else None,
    )


def frame(message: bytes) -> bytes:
    """Put gRPC's length prefix before an uncompressed message (gRPC over HTTP/2, "Requests")."""
    return struct.pack(">BI", 0, len(message)) + message


def _clusters(rows: NDArray[np.float64], centroids: NDArray[np.float64]) -> tuple[list[int], bool]:
    """Return each row's nearest centroid, and whether each is nearer by far than all others."""
    found, clear = [], True
    for row in rows:
        away = distances(row, centroids)
        index = int(away.argmin())
        others = np.delete(away, index)
        clear &= not others.size or float(others.min()) > away[index] * (1 + _CLEAR)
        found.append(index)
    return found, clear


def _first(
    requests: Sequence[NDArray[np.float64]], centroids: NDArray[np.float64], wishes: Iterable[range]
) -> NDArray[np.float64]:
    """Return the first request with unmistakable clusters in the first range that any is within.

    Where none is within any, the first one.
    """
    for wish in wishes:
        for rows in requests:
            clusters, clear = _clusters(rows, centroids)
            if clear and all(cluster in wish for cluster in clusters):
                return rows
    return requests[0]
