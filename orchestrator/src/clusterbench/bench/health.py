"""Connects to a server, and waits until gRPC health says that it serves."""

from __future__ import annotations

import socket
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
_SERVING = "SERVING"
#: How often health is asked, a port is tried, and whether the server still runs is looked at (s).
_POLL, _KNOCK, _LOOK_EVERY = 0.005, 0.001, 0.1


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
    _wait_until_listening(server, until)
    for service in ("", SERVICE):
        while (last := _status(stub, service)) != _SERVING:
            _check_running(server)
            if time.monotonic() > until:
                raise ServerFailed(
                    f"not healthy after {deadline:g} s (gRPC health of "
                    f"{service or 'the server'!r}: {last})",
                    server.logs(),
                )
            time.sleep(_POLL)
    _check_running(server)


def _wait_until_listening(server: Server, until: float) -> None:
    """Wait until the server's port takes a connection, or until a moment (`time.monotonic()`).

    A gRPC channel that was refused tries again after 100 ms at the earliest: a server that is ready
    in between would seem to start so much later. Raises ServerFailed when the server ends.
    """
    place, look = (server.address.host, server.address.port), 0.0
    while (now := time.monotonic()) < until:
        try:
            socket.create_connection(place, timeout=1.0).close()
        except OSError:
            if now > look:  # it may cost a call to an engine
                _check_running(server)
                look = now + _LOOK_EVERY
            time.sleep(_KNOCK)
        else:
            return


def _status(stub: health_pb2_grpc.HealthStub, service: str) -> str:
    """Return what gRPC health says of a service, or why it says nothing."""
    try:
        status = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=1.0).status
    except grpc.RpcError as error:
        return f"{error.code().name}: {error.details()}"
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(status))


def _check_running(server: Server) -> None:
    if not server.running():
        raise ServerFailed("the server ended before it was ready", server.logs())
