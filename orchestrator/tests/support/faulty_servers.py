"""A server in this process that keeps the contract, but for the faults that it is given."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc
import numpy as np
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from clusterbench.load.generator import SERVICE
from clusterbench.model.execution import Address, Usage
from clusterbench.model.units import Bytes, Seconds
from clusterbench.runtime.attached import AttachedServer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from clusterbench.model.data import DataFolder

SERVING = health_pb2.HealthCheckResponse.SERVING
#: What can be wrong with it, each by a name.
FAULTS = (
    "health of all", "late model", "silent", "no reflection", "other methods", "wrong cluster",
    "off by one", "empty batch refused", "one as none", "order lost", "overflow refused",
    "any length", "any number", "rows not looked at", "status UNKNOWN", "garbage taken",
    "leaks", "killed", "status 3", "drops requests", "dies of SIGINT", "no last line", "no count",
)  # fmt: skip


class Bad(Exception):  # noqa: N818
    """A request that is to be refused."""


class Faulty(pb_grpc.ClusteringServiceServicer):  # type: ignore[misc, unused-ignore]
    """Answers by the nearest centroid, but for its faults."""

    def __init__(self, data: DataFolder, faults: Collection[str]) -> None:
        self.centroids, self.faults = data.centroids, set(faults)
        self.leaked = 0
        self.requests = 0
        self.batches = itertools.count()
        self.over = threading.Event()

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self.refusing(
            context, lambda: pb.PredictResponse(cluster_index=self.many([request.features])[0])
        )

    def PredictBatch(self, request: Any, context: Any) -> Any:  # noqa: N802
        rows = [each.features for each in request.observations]
        return self.refusing(
            context, lambda: pb.PredictBatchResponse(cluster_indexes=self.of_batch(rows))
        )

    def refusing(self, context: Any, respond: Any) -> Any:
        self.requests += 1
        if "late model" in self.faults and self.requests == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the model is not loaded")
        try:
            return respond()
        except Bad as error:
            self.leaked += 1
            known = "status UNKNOWN" not in self.faults
            code = grpc.StatusCode.INVALID_ARGUMENT if known else grpc.StatusCode.UNKNOWN
            context.abort(code, str(error))

    def of_batch(self, rows: list[Any]) -> list[int]:
        if not rows and "empty batch refused" in self.faults:
            raise Bad("no rows")
        if len(rows) == 1 and "one as none" in self.faults:
            return []
        if "drops requests" in self.faults:
            # Each is still in flight when the one before it is answered, however slow the host is.
            self.over.wait(float(next(self.batches)))
        found = self.many(rows)
        return found[::-1] if "order lost" in self.faults else found

    def many(self, rows: list[Any]) -> list[int]:
        width = self.centroids.shape[1]
        table = [list(row) for row in rows]
        for row in table[: 1 if "rows not looked at" in self.faults else None]:
            self.check(row, width)
        if "off by one" in self.faults:
            return [index + 1 for index in self.nearest(table, width)]
        return self.nearest(table, width)

    def check(self, row: list[float], width: int) -> None:
        if len(row) != width and "any length" not in self.faults:
            raise Bad("length")
        finite = bool(np.isfinite(row).all())
        if not finite and "any number" not in self.faults:
            raise Bad("not finite")
        if "overflow refused" in self.faults and finite and max(map(abs, row)) > 1e300:
            raise Bad("overflow")

    def nearest(self, table: list[list[float]], width: int) -> list[int]:
        padded = np.array([(row + [0.0] * width)[:width] for row in table]).reshape(-1, width)
        found: list[int] = []
        for first in range(0, len(padded), 1000):
            apart = padded[first : first + 1000, np.newaxis] - self.centroids
            with np.errstate(over="ignore", invalid="ignore"):
                found += (apart**2).sum(axis=2).argmin(axis=1).tolist()
        if "wrong cluster" in self.faults:
            return [(index + 1) % len(self.centroids) for index in found]
        return found


class FaultyServer(AttachedServer):
    """That server as one of ours: implements `port.Server` for what is checked."""

    def __init__(self, data: DataFolder, faults: Collection[str] = ()) -> None:
        self.servicer = Faulty(data, faults)
        self.faults = {*faults}
        self.status: int | None = None
        self._server = grpc.server(
            ThreadPoolExecutor(8),
            options=[
                ("grpc.max_concurrent_streams", 100), ("grpc.so_reuseport", 0),
                ("grpc.http.overload_protection", 0),
                ("grpc.server.max_pending_requests", 1 << 30),
                ("grpc.server.max_pending_requests_hard_limit", 1 << 30),
            ],
        )  # fmt: skip
        self._well = health.HealthServicer()
        for name in ("", SERVICE, *(["ml.Other"] if "health of all" in faults else [])):
            self._well.set(name, SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(self._well, self._server)
        pb_grpc.add_ClusteringServiceServicer_to_server(self.servicer, self._server)
        self._extra()
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        super().__init__(Address("127.0.0.1", port), self._said(port))

    def _extra(self) -> None:
        if "no reflection" not in self.faults:
            reflection.enable_server_reflection((SERVICE, reflection.SERVICE_NAME), self._server)

        def anything(data: bytes, _context: Any) -> bytes:
            return data

        handler = grpc.unary_unary_rpc_method_handler(anything)
        if "other methods" in self.faults:
            more = grpc.method_handlers_generic_handler(SERVICE, {"Train": handler})
            self._server.add_generic_rpc_handlers((more,))
        if "garbage taken" in self.faults:
            self._server.add_registered_method_handlers(
                SERVICE, {"Predict": handler, "PredictBatch": handler}
            )

    def _said(self, port: int) -> str:
        if "silent" in self.faults:
            return ""
        lines = (
            {"event": "starting", "server": "faulty", "versions": {"grpcio": "1"}},
            {"event": "listening", "host": "127.0.0.1", "port": port},
        )
        return "\n".join(json.dumps(line) for line in lines)

    def usage(self) -> Usage:  # type: ignore[override]
        leaked = self.servicer.leaked if "leaks" in self.faults else 0
        return Usage(at=time.monotonic(), cpu=Seconds(0.0), memory=Bytes(leaked << 20))

    def running(self) -> bool:
        return self.status is None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.status is None:
            self._well.enter_graceful_shutdown()
            ended: threading.Event = self._server.stop(0 if "drops requests" in self.faults else 20)
            self.servicer.over.set()
            ended.wait()
            self.status = self._ends_with(number)

    def _ends_with(self, number: signal.Signals) -> int:
        if "killed" in self.faults:
            return -9
        if "dies of SIGINT" in self.faults and number == signal.SIGINT:
            return -signal.SIGINT
        return 3 if "status 3" in self.faults else 0

    def logs(self) -> str:
        return super().logs() + self._last_words() if self.status is not None else super().logs()

    def _last_words(self) -> str:
        if "no last line" in self.faults:
            return ""
        done: dict[str, object] = {"requests": self.servicer.requests, "cpu_seconds": 0.5}
        if "no count" in self.faults:
            del done["requests"]
        return "\n" + json.dumps({"event": "stopped", "workers": [done]})

    def exit_status(self) -> int | None:  # type: ignore[override]
        return self.status


@contextmanager
def faulty(data: DataFolder, *faults: str) -> Iterator[FaultyServer]:
    """Start one; leaving the `with` stops it."""
    assert set(faults) <= set(FAULTS)
    server = FaultyServer(data, faults)
    try:
        yield server
    finally:
        server.stop()
