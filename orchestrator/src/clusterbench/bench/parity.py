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
from clusterbench.model.data import PARITY_TOLERANCE, distances
from clusterbench.model.experiment import Method
from clusterbench.model.records import Parity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder
    from clusterbench.runtime.port import Server

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
        for method in sorted(methods):
            requests = _requests(data, method)
            chosen = _ask(stub, method, requests)
            worst = max(worst, _check(server, method, requests, chosen, data.centroids))
            checked += sum(map(len, chosen))
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
    method = Method.PREDICT if Method.PREDICT in methods else Method.PREDICT_BATCH
    requests = _requests(data, method)[:1]
    with _failing(server):
        (found,) = _ask(pb_grpc.ClusteringServiceStub(channel), method, requests)
    if not noop:
        _check(server, method, requests, [found], data.centroids)
    elif set(found) != {NOOP_RESPONSE}:
        raise ServerFailed(
            f"no-op handler: returned {found[0]}, not the constant {NOOP_RESPONSE}", server.logs()
        )


def excess(
    observations: NDArray[np.float64], chosen: Sequence[int], centroids: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much farther than the nearest each chosen centroid is, as a share, (n,).

    `observations` (n, d), `chosen` n indexes into `centroids` (k, d). Where the nearest is at
    distance 0, the excess is 0 for a centroid there too, else infinite.
    """
    found = np.array([distances(row, centroids) for row in observations])
    nearest, own = found.min(axis=1), found[np.arange(len(found)), chosen]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(own == nearest, 0.0, (own - nearest) / nearest)


def _check(
    server: Server,
    method: Method,
    requests: Sequence[NDArray[np.float64]],
    responses: Sequence[Sequence[int]],
    centroids: NDArray[np.float64],
) -> float:
    """Return the worst excess. Raises ServerFailed naming the first wrong response."""
    worst = 0.0
    for number, (rows, chosen) in enumerate(zip(requests, responses, strict=True)):
        where = f"parity: {method} request {number}"
        if len(chosen) != len(rows):
            said = f"{where}: {len(chosen)} answers for {len(rows)} observations"
            raise ServerFailed(said, server.logs())
        for index in chosen:
            if not 0 <= index < len(centroids):
                said = f"{where}: cluster {index} of {len(centroids)}"
                raise ServerFailed(said, server.logs())
        gaps = excess(rows, chosen, centroids)
        worst = max(worst, float(gaps.max()))
        if worst > PARITY_TOLERANCE:
            row = int(gaps.argmax())
            raise ServerFailed(
                f"{where}, row {row}: cluster {chosen[row]} is {gaps[row]:.3g} (relative) farther "
                "than the nearest",
                server.logs(),
            )
    return worst


def _requests(data: DataFolder, method: Method) -> Sequence[NDArray[np.float64]]:
    """Return the observations of each request, (n, d) each."""
    if method is Method.PREDICT:
        return [row[np.newaxis] for row in data.observations]
    return data.batches


def _ask(
    stub: pb_grpc.ClusteringServiceStub, method: Method, requests: Sequence[NDArray[np.float64]]
) -> list[list[int]]:
    """Send all requests, some in flight at a time, and return the clusters chosen, in order."""
    chosen = []
    for first in range(0, len(requests), _IN_FLIGHT):
        flight = [_send(stub, method, rows) for rows in requests[first : first + _IN_FLIGHT]]
        for response in (call.result() for call in flight):
            single = method is Method.PREDICT
            chosen.append([response.cluster_index] if single else list(response.cluster_indexes))
    return chosen


def _send(stub: Any, method: Method, rows: NDArray[np.float64]) -> grpc.Future:  # noqa: ANN401
    if method is Method.PREDICT:
        request = pb.PredictRequest(features=rows[0].tolist())
        return stub.Predict.future(request, timeout=_CALL_TIMEOUT)
    batch = [pb.Observation(features=row) for row in rows.tolist()]
    return stub.PredictBatch.future(
        pb.PredictBatchRequest(observations=batch), timeout=_CALL_TIMEOUT
    )


@contextmanager
def _failing(server: Server) -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        raise ServerFailed(
            f"parity: the server answered {error.code().name}: {error.details()}", server.logs()
        ) from error
