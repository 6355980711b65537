"""The parity check: each contender gives the right responses before anything is timed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc
import numpy as np

from clusterbench.errors import ServerFailed
from clusterbench.load.generators.bodies import NOOP_RESPONSE
from clusterbench.model.data import distances
from clusterbench.model.experiment import Method
from clusterbench.model.records import Parity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder
    from clusterbench.runtime.port import Server

#: A right response's distance may exceed the smallest by this share of it.
PARITY_TOLERANCE = 1e-9

_CALL_TIMEOUT = 30.0
_IN_FLIGHT = 64


def check_parity(
    server: Server, channel: grpc.Channel, data: DataFolder, methods: Collection[Method]
) -> Parity:
    """Ask for every observation's cluster, and check that each is rightly chosen.

    All requests of each method in `methods`. Raises ServerFailed naming the first wrong answer.
    """
    stub = pb_grpc.ClusteringServiceStub(channel)
    checked, worst = 0, 0.0
    with _failing(server):
        if Method.PREDICT in methods:
            requests = [pb.PredictRequest(features=row) for row in data.observations.tolist()]
            responses = [[a.cluster_index] for a in _call(stub.Predict, requests)]
            rows = [row[np.newaxis] for row in data.observations]
            worst = max(worst, _check(server, "Predict", rows, responses, data.centroids))
            checked += len(responses)
        if Method.PREDICT_BATCH in methods:
            batches = [_batch(rows) for rows in data.batches]
            found = [list(a.cluster_indexes) for a in _call(stub.PredictBatch, batches)]
            worst = max(worst, _check(server, "PredictBatch", data.batches, found, data.centroids))
            checked += sum(map(len, found))
    return Parity(observations=checked, worst_excess=worst)


def check_first(
    server: Server,
    channel: grpc.Channel,
    data: DataFolder,
    methods: Collection[Method],
    *,
    noop: bool,
) -> None:
    """Ask for one observation (or batch), and check the response.

    A no-op handler returns its constant. Raises ServerFailed where it is not the right one.
    """
    stub = pb_grpc.ClusteringServiceStub(channel)
    rows = data.observations[:1] if Method.PREDICT in methods else data.batches[0]
    with _failing(server):
        if Method.PREDICT in methods:
            request = pb.PredictRequest(features=rows[0].tolist())
            found = [stub.Predict(request, timeout=_CALL_TIMEOUT).cluster_index]
        else:
            found = list(stub.PredictBatch(_batch(rows), timeout=_CALL_TIMEOUT).cluster_indexes)
    if not noop:
        method = Method.PREDICT if Method.PREDICT in methods else Method.PREDICT_BATCH
        _check(server, method, [rows], [found], data.centroids)
    elif set(found) != {NOOP_RESPONSE}:
        raise ServerFailed(
            f"no-op handler: returned {found[0]}, not the constant {NOOP_RESPONSE}", server.logs()
        )


def _batch(rows: NDArray[np.float64]) -> Any:  # noqa: ANN401 - protobuf is untyped
    return pb.PredictBatchRequest(
        observations=[pb.Observation(features=row) for row in rows.tolist()]
    )


def excess(
    observations: NDArray[np.float64], chosen: Sequence[int], centroids: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much farther than the nearest each chosen centroid is, as a share, (n,).

    `observations` (n, d), `chosen` n indexes into `centroids` (k, d). Where the nearest is at
    distance 0, the excess is 0 for a centroid there too, else infinite.
    """
    gaps = np.empty(len(observations))
    for i, (row, index) in enumerate(zip(observations, chosen, strict=True)):
        found = distances(row, centroids)
        nearest, own = float(found.min()), float(found[index])
        gaps[i] = 0.0 if own == nearest else (own - nearest) / nearest if nearest else np.inf
    return gaps


def _check(
    server: Server,
    method: str,
    requests: Sequence[NDArray[np.float64]],
    responses: Sequence[Sequence[int]],
    centroids: NDArray[np.float64],
) -> float:
    worst = 0.0
    for number, (rows, chosen) in enumerate(zip(requests, responses, strict=True)):
        if len(chosen) != len(rows):
            raise ServerFailed(
                f"parity: {method} request {number}: {len(chosen)} answers for {len(rows)} "
                "observations",
                server.logs(),
            )
        for index in chosen:
            if not 0 <= index < len(centroids):
                raise ServerFailed(
                    f"parity: {method} request {number}: cluster {index} of {len(centroids)}",
                    server.logs(),
                )
        gaps = excess(rows, chosen, centroids)
        worst = max(worst, float(gaps.max()))
        if worst > PARITY_TOLERANCE:
            row = int(gaps.argmax())
            raise ServerFailed(
                f"parity: {method} request {number}, row {row}: cluster {chosen[row]} is "
                f"{gaps[row]:.3g} (relative) farther than the nearest",
                server.logs(),
            )
    return worst


def _call(method: Any, requests: Sequence[Any]) -> list[Any]:  # noqa: ANN401 - grpc is untyped
    """Send all requests, some in flight at a time, and return the responses in order."""
    responses = []
    for first in range(0, len(requests), _IN_FLIGHT):
        flight = [
            method.future(request, timeout=_CALL_TIMEOUT)
            for request in requests[first : first + _IN_FLIGHT]
        ]
        responses += [call.result() for call in flight]
    return responses


@contextmanager
def _failing(server: Server) -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        raise ServerFailed(
            f"parity: the server answered {error.code().name}: {error.details()}", server.logs()
        ) from error
