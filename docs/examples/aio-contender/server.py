"""A K-means model on grpc.aio and NumPy: an example of a server that the lab measures.

What it keeps to is the contract of docs/add-a-contender.md; `./lab verify` checks it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc.aio
import numpy as np
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SERVICE = "ml.ClusteringService"
#: Streams of a connection: requests beyond it wait in the client.
MAX_STREAMS = 200
OPTIONS = (
    ("grpc.max_concurrent_streams", MAX_STREAMS),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.so_reuseport", 0),  # a port that is taken is an error
    # That bound alone. gRPC's own ones turn away clients that keep to it, where they could wait.
    ("grpc.http.overload_protection", 0),
    ("grpc.server.max_pending_requests", 1 << 30),
    ("grpc.server.max_pending_requests_hard_limit", 1 << 30),
)
#: A batch of more rows than this is predicted in a thread, so that other requests need not wait.
ASIDE = 1_000
#: Distances are computed for so many pairs of row and centroid at a time: 8 MiB of numbers.
PAIRS = 1 << 20
#: After SIGTERM: how long requests are still taken, and those in flight may last (s).
LAST_REQUESTS, DRAIN = 0.3, 5.0


class Model:
    """The centroids (n_clusters, n_features), and the nearest of them."""

    def __init__(self, path: Path) -> None:
        """Read a `model.json`."""
        self.centroids: NDArray[np.float64] = np.array(
            json.loads(path.read_text(encoding="utf-8"))["centroids"], dtype=np.float64
        )

    def nearest_of_one(self, features: Sequence[float]) -> int:
        """Return the index of the nearest centroid. Raises ValueError for a bad observation."""
        row = np.array(features)
        self._check(row.shape, row)
        apart = self.centroids - row
        return int(np.einsum("ij,ij->i", apart, apart).argmin())

    def nearest_of_many(self, rows: Sequence[Sequence[float]]) -> list[int]:
        """Return the index for each row, in their order. Raises ValueError where one is bad."""
        clusters, width = self.centroids.shape
        # All numbers together may fit though rows do not: their lengths are looked at first.
        for length in {len(row) for row in rows} - {width}:
            raise ValueError(f"{length} features came, {width} wanted")
        count = len(rows) * width
        flat = np.fromiter(chain.from_iterable(rows), dtype=np.float64, count=count)
        table = flat.reshape(len(rows), width)
        self._check((width,), table)
        step = max(1, PAIRS // (clusters * width))
        found: list[int] = []
        for first in range(0, len(table), step):
            apart = table[first : first + step, np.newaxis] - self.centroids
            found += np.einsum("ijk,ijk->ij", apart, apart).argmin(axis=1).tolist()
        return found

    def _check(self, shape: tuple[int, ...], numbers: NDArray[np.float64]) -> None:
        width = self.centroids.shape[1]
        if shape != (width,):
            raise ValueError(f"{shape[0]} features came, {width} wanted")
        if not np.isfinite(numbers).all():
            raise ValueError("a feature is not a finite number")


class Servicer(pb_grpc.ClusteringServiceServicer):  # type: ignore[misc, unused-ignore]
    """The two methods. What is refused is refused with INVALID_ARGUMENT, for that request alone."""

    def __init__(self, model: Model, aside: ThreadPoolExecutor) -> None:
        """Large batches are predicted in `aside`."""
        self.requests = 0
        self._model, self._aside = model, aside

    async def Predict(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        """Return the cluster of one observation."""
        self.requests += 1
        try:
            index = self._model.nearest_of_one(request.features)
        except ValueError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return pb.PredictResponse(cluster_index=index)

    async def PredictBatch(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        """Return the clusters of many observations, in their order."""
        self.requests += 1
        try:
            indexes = await self._many([each.features for each in request.observations])
        except ValueError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return pb.PredictBatchResponse(cluster_indexes=indexes)

    async def _many(self, rows: Sequence[Sequence[float]]) -> list[int]:
        if len(rows) <= ASIDE:
            return self._model.nearest_of_many(rows)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._aside, self._model.nearest_of_many, rows)


def say(event: str, **more: object) -> None:
    """Print one line of JSON, at once."""
    print(json.dumps({"event": event, **more}), flush=True)  # noqa: T201


async def serve() -> None:
    """Serve until SIGTERM or SIGINT, then let the requests in flight finish."""
    packages = ("numpy", "grpcio", "protobuf")
    say(
        "starting",
        server="aio",
        versions={"python": sys.version.split()[0], **{name: version(name) for name in packages}},
        workers=1,
        max_streams=MAX_STREAMS,
    )
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with ThreadPoolExecutor(2) as aside:
        servicer = Servicer(Model(Path(os.environ["SERVER_MODEL"])), aside)
        server = grpc.aio.server(options=OPTIONS)
        pb_grpc.add_ClusteringServiceServicer_to_server(servicer, server)
        well = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(well, server)
        names = (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, server)
        host = os.environ.get("SERVER_HOST", "0.0.0.0")  # noqa: S104 - in a container
        port = server.add_insecure_port(f"{host}:{os.environ.get('SERVER_PORT', '5001')}")
        await server.start()
        say("listening", host=host, port=port)
        for name in ("", SERVICE):
            await well.set(name, health_pb2.HealthCheckResponse.SERVING)
        await stopped.wait()
        await well.enter_graceful_shutdown()
        # What was sent before the clients knew is still taken: then nothing is lost.
        await asyncio.sleep(LAST_REQUESTS)
        await server.stop(DRAIN)
    done = {"requests": servicer.requests, "cpu_seconds": time.process_time()}
    say("stopped", workers=[done])


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    np.seterr(over="ignore")  # squares of very large numbers are infinite, which is right
    asyncio.run(serve())
