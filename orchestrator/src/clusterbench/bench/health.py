"""Connects to a server, and waits until gRPC health says that it serves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from clusterbench.errors import ServerFailed
from clusterbench.load.generator import SERVICE

if TYPE_CHECKING:
    from clusterbench.model.units import Seconds
    from clusterbench.runtime.port import Server

_MAX_MESSAGE = 64 * 1024 * 1024
_POLL = 0.02


def connect(server: Server) -> grpc.Channel:
    """Open a channel of its own to a server; leaving its `with` closes it."""
    return grpc.insecure_channel(
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
    )


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
                request = health_pb2.HealthCheckRequest(service=service)
                status = stub.Check(request, timeout=1.0).status
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
