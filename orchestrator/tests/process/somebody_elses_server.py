"""Somebody else's server of several workers: what docs/add-a-contender.md asks for, and no more."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc
import numpy as np
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


class Servicer(pb_grpc.ClusteringServiceServicer):  # type: ignore[misc, unused-ignore]
    def __init__(self, centroids: Any) -> None:
        self._centroids = centroids
        self.requests = 0

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802 - the contract's name
        self.requests += 1
        apart = ((self._centroids - np.array(request.features)) ** 2).sum(axis=1)
        return pb.PredictResponse(cluster_index=int(apart.argmin()))


def work(ready: Connection) -> None:
    """Serve until told to stop, and say what was done."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    model = json.loads(Path(os.environ["SERVER_MODEL"]).read_text())
    servicer = Servicer(np.array(model["centroids"]))
    # One thread: calls are counted without a lock.
    server = grpc.server(ThreadPoolExecutor(1), options=[("grpc.so_reuseport", 1)])
    pb_grpc.add_ClusteringServiceServicer_to_server(servicer, server)
    well = health.HealthServicer()
    for name in ("", "ml.ClusteringService"):
        well.set(name, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(well, server)
    server.add_insecure_port(f"{os.environ['SERVER_HOST']}:{os.environ['SERVER_PORT']}")
    server.start()
    ready.recv()
    server.stop(1.0).wait()
    ready.send({"requests": servicer.requests, "cpu_seconds": time.process_time()})


def main() -> None:
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    context = multiprocessing.get_context("spawn")
    pipes = []
    for _ in range(int(os.environ.get("SERVER_WORKERS", "1"))):
        ours, theirs = context.Pipe()
        context.Process(target=work, args=(theirs,), daemon=True).start()
        pipes.append(ours)
    stopped.wait()
    for pipe in pipes:
        pipe.send("stop")
    said = {"event": "stopped", "workers": [pipe.recv() for pipe in pipes]}
    sys.stdout.write(f"{json.dumps(said)}\n")


if __name__ == "__main__":
    main()
