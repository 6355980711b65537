"""Handlers run by a pool of threads: `grpc.server`."""
# Names and signatures are those of the generated base class.
# ruff: noqa: N802

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc
from centroids_pb2_grpc import ClusteringServiceServicer
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckResponse

from grpcio_server.grpc_setup import DRAIN, HEALTH_OF, LAST_REQUESTS, arguments, set_up
from grpcio_server.observations import ObservationError

if TYPE_CHECKING:
    import centroids_pb2 as pb

    from grpcio_server.handlers import Handlers
    from grpcio_server.options import Options


class Servicer(ClusteringServiceServicer):
    """The handlers as gRPC's threads call them."""

    def __init__(self, handlers: Handlers) -> None:
        """`handlers` are called from several threads at once."""
        self._handlers = handlers

    def Predict(
        self, request: pb.PredictRequest, context: grpc.ServicerContext
    ) -> pb.PredictResponse:
        """Answer one observation, or INVALID_ARGUMENT."""
        try:
            return self._handlers.predict(request)
        except ObservationError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise  # never: abort() has raised

    def PredictBatch(
        self, request: pb.PredictBatchRequest, context: grpc.ServicerContext
    ) -> pb.PredictBatchResponse:
        """Answer many observations; INVALID_ARGUMENT for all if one is bad."""
        try:
            return self._handlers.predict_batch(request)
        except ObservationError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise  # never: abort() has raised


class ThreadsExecutor:
    """A gRPC server, bound to its port; health is NOT_SERVING until `serve`."""

    def __init__(self, options: Options, handlers: Handlers, *, shared: bool) -> None:
        """Bind the port; `shared` lets other workers bind it too. Raises UsageError."""
        self._pool = ThreadPoolExecutor(options.threads, thread_name_prefix="grpc")
        self._server = grpc.server(self._pool, options=arguments(options, shared=shared))
        self._health = health.HealthServicer()
        self._set(HealthCheckResponse.NOT_SERVING)
        self.port = set_up(self._server, Servicer(handlers), self._health, options)

    def start(self) -> None:
        """Answer from here on."""
        self._server.start()

    def serve(self) -> None:
        """Turn health to SERVING."""
        self._set(HealthCheckResponse.SERVING)

    def stop(self) -> None:
        """Turn health to NOT_SERVING, take no new requests, and let those in flight finish."""
        self._health.enter_graceful_shutdown()
        time.sleep(LAST_REQUESTS)
        self._server.stop(DRAIN).wait()
        self._pool.shutdown(wait=True)

    def _set(self, status: HealthCheckResponse.ServingStatus.ValueType) -> None:
        for name in HEALTH_OF:
            self._health.set(name, status)
