"""One gRPC server: its service, health and reflection, as grpcio 1.25 offers them."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import centroids_pb2
import grpc
import numpy as np
from centroids_pb2_grpc import add_ClusteringServiceServicer_to_server
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from grpcio_server_2019.errors import ServerError, UsageError
from grpcio_server_2019.options import NULL, Options
from grpcio_server_2019.servicers import ModelServicer, NullServicer

if TYPE_CHECKING:
    from grpcio_server_2019.model import Model
    from grpcio_server_2019.service import Service

MAX_MESSAGE = 64 * 1024 * 1024
"""Bytes of the largest message taken or sent; RESOURCE_EXHAUSTED beyond."""

DRAIN = 5.0
"""Seconds that calls in flight have to finish once the server stops."""

CLUSTERING = centroids_pb2.DESCRIPTOR.services_by_name["ClusteringService"].full_name
_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


class Server:
    """Listens from the start of its `with`, answers health at once, and drains at the end.

    Health is NOT_SERVING until `serve`; leaving the `with` finishes the calls in flight.
    """

    def __init__(self, service: Service, options: Options, model: Model) -> None:
        """Make the predictor and bind the port. Raises UsageError if the port cannot be had."""
        self._model = model
        self._predictor = service.load(model)
        _probe(options.host, options.port)
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=options.threads),
            options=[
                # Else it would share the port with any other gRPC server, silently.
                ("grpc.so_reuseport", 0),
                ("grpc.max_concurrent_streams", options.max_streams),
                ("grpc.max_receive_message_length", MAX_MESSAGE),
                ("grpc.max_send_message_length", MAX_MESSAGE),
            ],
        )
        self._health = health.HealthServicer()
        self._say(health_pb2.HealthCheckResponse.NOT_SERVING)
        answers = (
            NullServicer()
            if options.handler == NULL
            else ModelServicer(self._predictor, model.n_features)
        )
        add_ClusteringServiceServicer_to_server(answers, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (CLUSTERING, _HEALTH, reflection.SERVICE_NAME), self._server
        )
        where = _address(options.host, options.port)
        self.port: int = self._server.add_insecure_port(where)
        if self.port == 0:
            raise _unusable(options.host, options.port, "gRPC could not bind it")

    def __enter__(self) -> Server:  # noqa: PYI034 - Python 3.7 has no Self
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._say(health_pb2.HealthCheckResponse.NOT_SERVING)
        self._server.stop(DRAIN).wait()

    def prove(self) -> None:
        """Have the model answer one observation, its own first centroid, or raise ServerError."""
        [answer] = self._predictor.predict(np.array(self._model.centroids[:1], dtype=np.float64))
        if not 0 <= answer < self._model.n_clusters:
            raise ServerError(f"model {self._model.path}: answered {answer}, which is no cluster")

    def serve(self) -> None:
        """Health is SERVING from here on."""
        self._say(health_pb2.HealthCheckResponse.SERVING)

    def _say(self, status: Any) -> None:
        for name in ("", CLUSTERING):
            self._health.set(name, status)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def _probe(host: str, port: int) -> None:
    """Raise UsageError unless this process alone could listen there: gRPC says only that it failed.

    (And it says that in lines of its own on standard error.)
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        raise _unusable(host, port, error.strerror or str(error)) from error


def _unusable(host: str, port: int, why: str) -> UsageError:
    return UsageError(
        f"cannot listen on {_address(host, port)}: {why}; stop what has it, or choose another"
        " with --host and --port"
    )
