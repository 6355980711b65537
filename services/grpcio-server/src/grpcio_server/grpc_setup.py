"""What a gRPC server is set up with, whatever runs its handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import centroids_pb2
from centroids_pb2_grpc import add_ClusteringServiceServicer_to_server
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from grpcio_server import sockets
from grpcio_server.errors import UsageError
from grpcio_server.options import UNBOUNDED

if TYPE_CHECKING:
    from grpcio_server.options import Options

MAX_MESSAGE = 64 * 1024 * 1024
"""Bytes of the largest message taken or sent; RESOURCE_EXHAUSTED beyond."""

DRAIN = 5.0
"""Seconds that requests in flight have to finish once the server stops."""

LAST_REQUESTS = 0.3
"""Seconds in which requests that came before the stop are taken: gRPC cancels what it has not
handed over by then, and does that one request at a time."""

_CLUSTERING = centroids_pb2.DESCRIPTOR.services_by_name["ClusteringService"].full_name
_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
HEALTH_OF = ("", _CLUSTERING)
"""Services whose health is told; the empty name stands for the server as a whole."""


def arguments(options: Options, *, shared: bool) -> list[tuple[str, int]]:
    """Return gRPC's own arguments; `shared` lets other workers bind the port too."""
    return [
        ("grpc.so_reuseport", int(shared)),
        ("grpc.max_concurrent_streams", options.max_streams),
        # That bound alone: requests beyond it wait, and none is turned away. gRPC's own bounds
        # refuse clients that keep to it. One counts streams until their calls are freed,
        # after the response; the other lets 1,000 requests wait in all, and cancels the others
        # so quickly that it takes the CPU from those.
        ("grpc.http.overload_protection", 0),
        ("grpc.server.max_pending_requests", UNBOUNDED),
        ("grpc.server.max_pending_requests_hard_limit", UNBOUNDED),
        ("grpc.max_receive_message_length", MAX_MESSAGE),
        ("grpc.max_send_message_length", MAX_MESSAGE),
    ]


def set_up(server: Any, servicer: Any, health: Any, options: Options) -> int:  # noqa: ANN401
    """Add the service, health and reflection, bind the port, and return it.

    `server` is of threads or of asyncio, and the servicers fit it. Raises UsageError if the port
    cannot be had.
    """
    add_ClusteringServiceServicer_to_server(servicer, server)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    reflection.enable_server_reflection((_CLUSTERING, _HEALTH, reflection.SERVICE_NAME), server)
    where = sockets.address(options.host, options.port)
    try:
        port: int = server.add_insecure_port(where)
    except RuntimeError:
        port = 0
    if port == 0:  # as grpcio of 2019 says it
        raise UsageError(f"cannot listen on {where}; choose another with --host and --port")
    return port
