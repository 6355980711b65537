"""One gRPC server in this process: its service, health and reflection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import centroids_pb2
import grpc
import numpy as np
from centroids_pb2_grpc import add_ClusteringServiceServicer_to_server
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from grpcio_server import sockets
from grpcio_server.errors import AddressError, ServerError
from grpcio_server.options import NULL, Options
from grpcio_server.servicers import ModelServicer, NullServicer

if TYPE_CHECKING:
    from types import TracebackType

    from grpcio_server.model import Model
    from grpcio_server.service import Service

MAX_MESSAGE = 64 * 1024 * 1024
"""Bytes of the largest message taken or sent; RESOURCE_EXHAUSTED beyond."""

DRAIN = 5.0
"""Seconds that calls in flight have to finish once the server stops."""

_UNBOUNDED = 2**31 - 1

CLUSTERING = centroids_pb2.DESCRIPTOR.services_by_name["ClusteringService"].full_name
_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


class Server:
    """Listens from the start of its `with`, answers health at once, and drains at the end.

    Health is NOT_SERVING until `serve`; leaving the `with` finishes the calls in flight.
    """

    def __init__(self, service: Service, options: Options, model: Model, *, shared: bool) -> None:
        """Make the predictor and bind the port; `shared` lets other workers bind it too.

        Raises AddressError if the port cannot be had.
        """
        self._model = model
        self._predictor = service.load(model)
        self._threads = ThreadPoolExecutor(options.threads, thread_name_prefix="grpc")
        self._server = grpc.server(
            self._threads,
            options=[
                ("grpc.so_reuseport", int(shared)),
                ("grpc.max_concurrent_streams", options.max_streams),
                # That bound alone: callers beyond it wait, and none is turned away. gRPC's own ones
                # refuse callers that keep to it. One counts streams until their calls are freed,
                # after the answer; the other lets 1,000 calls wait in all, and cancels the others
                # so quickly that it takes the CPU from those.
                ("grpc.http.overload_protection", 0),
                ("grpc.server.max_pending_requests", _UNBOUNDED),
                ("grpc.server.max_pending_requests_hard_limit", _UNBOUNDED),
                ("grpc.max_receive_message_length", MAX_MESSAGE),
                ("grpc.max_send_message_length", MAX_MESSAGE),
            ],
        )
        self._health = health.HealthServicer()
        self._say_serving(yes=False)
        add_ClusteringServiceServicer_to_server(
            NullServicer()
            if options.handler == NULL
            else ModelServicer(self._predictor, model.n_features),
            self._server,
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (CLUSTERING, _HEALTH, reflection.SERVICE_NAME), self._server
        )
        self.port = self._bind(options)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._health.enter_graceful_shutdown()
        self._server.stop(DRAIN).wait()
        self._threads.shutdown(wait=True)

    def prove(self) -> None:
        """Have the model answer one observation, its own first centroid, both ways.

        Raises ServerError if an answer is no cluster. Which one it is, the parity check looks at.
        """
        row = np.array(self._model.centroids[0], dtype=np.float64)
        for answer in (self._predictor.predict_one(row), *self._predictor.predict(row[None, :])):
            if not 0 <= answer < self._model.n_clusters:
                raise ServerError(
                    f"model {self._model.path}: answered {answer}, which is no cluster"
                )

    def serve(self) -> None:
        """Health is SERVING from here on."""
        self._say_serving(yes=True)

    def _say_serving(self, *, yes: bool) -> None:
        answer = health_pb2.HealthCheckResponse
        for name in ("", CLUSTERING):
            self._health.set(name, answer.SERVING if yes else answer.NOT_SERVING)

    def _bind(self, options: Options) -> int:
        where = sockets.address(options.host, options.port)
        try:
            port: int = self._server.add_insecure_port(where)
        except RuntimeError as error:
            raise AddressError(
                f"cannot listen on {where}; choose another with --host and --port"
            ) from error
        return port
