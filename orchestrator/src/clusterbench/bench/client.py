"""The lab's own gRPC client: waits for health, and checks parity before anything is timed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc

from clusterbench.errors import ServerFailed
from clusterbench.load.generators.bodies import NOOP_RESPONSE
from clusterbench.load.port import SERVICE
from clusterbench.model.data import distances
from clusterbench.model.experiment import Method
from clusterbench.model.records import Parity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder
    from clusterbench.model.experiment import Seconds
    from clusterbench.runtime.port import Server

#: A right response's distance may exceed the smallest by this share of it.
PARITY_TOLERANCE = 1e-9

_MAX_MESSAGE = 64 * 1024 * 1024
_CALL_TIMEOUT = 30.0
_IN_FLIGHT = 64
_POLL = 0.1


@contextmanager
def connect(server: Server) -> Iterator[grpc.Channel]:
    """Open a channel of its own to a server."""
    with grpc.insecure_channel(
        str(server.address),
        options=[
            ("grpc.max_receive_message_length", _MAX_MESSAGE),
            ("grpc.max_send_message_length", _MAX_MESSAGE),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 200),
            ("grpc.enable_http_proxy", 0),
        ],
    ) as channel:
        yield channel


def wait_until_serving(server: Server, channel: grpc.Channel, deadline: Seconds) -> None:
    """Wait until gRPC health says SERVING, for the server and for the service by name.

    Raises ServerFailed, with the server's last log lines, when it ends or when the deadline
    (s from now) passes.
    """
    stub = health_pb2_grpc.HealthStub(channel)
    until = time.monotonic() + deadline
    for service in ("", SERVICE):
        last = "no answer"
        while True:
            if not server.running():
                raise ServerFailed("the server ended before it was ready", server.logs())
            try:
                status = stub.Check(
                    health_pb2.HealthCheckRequest(service=service), timeout=1.0
                ).status
                if status == health_pb2.HealthCheckResponse.SERVING:
                    break
                last = health_pb2.HealthCheckResponse.ServingStatus.Name(status)
            except grpc.RpcError as error:
                last = f"{error.code().name}: {error.details()}"
            if time.monotonic() > until:
                raise ServerFailed(
                    f"not healthy after {deadline:g} s (gRPC health of "
                    f"{service or 'the server'!r}: {last})",
                    server.logs(),
                )
            time.sleep(_POLL)


def check_parity(
    server: Server, channel: grpc.Channel, data: DataFolder, methods: set[Method]
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
            batches = [
                pb.PredictBatchRequest(
                    observations=[pb.Observation(features=row) for row in batch.tolist()]
                )
                for batch in data.batches
            ]
            found = [list(a.cluster_indexes) for a in _call(stub.PredictBatch, batches)]
            worst = max(worst, _check(server, "PredictBatch", data.batches, found, data.centroids))
            checked += sum(map(len, found))
    return Parity(observations=checked, worst_excess=worst)


def check_noop(server: Server, channel: grpc.Channel, data: DataFolder) -> None:
    """Check that a no-op handler answers its constant. Raises ServerFailed where it does not."""
    stub = pb_grpc.ClusteringServiceStub(channel)
    with _failing(server):
        answer = stub.Predict(
            pb.PredictRequest(features=data.observations[0].tolist()), timeout=_CALL_TIMEOUT
        )
    if answer.cluster_index != NOOP_RESPONSE:
        raise ServerFailed(
            f"no-op handler: answered {answer.cluster_index}, not the constant {NOOP_RESPONSE}",
            server.logs(),
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
