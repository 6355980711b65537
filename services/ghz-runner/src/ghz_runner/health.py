"""Waits for a server that Compose has started, though not waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from clusterbench.errors import ServerFailed
from clusterbench.load.port import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.execution import Address
    from clusterbench.model.experiment import Seconds

_POLL = 0.2
_SAY_EACH = 3.0


def wait_until_serving(address: Address, deadline: Seconds, say: Callable[[str], None]) -> None:
    """Wait until gRPC health says SERVING for the service.

    Says each few seconds what it waits for. Raises ServerFailed when `deadline` (s) passes.
    """
    began = said = time.monotonic()
    options = [
        ("grpc.enable_http_proxy", 0),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 500),
    ]
    with grpc.insecure_channel(str(address), options=options) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            state = _state(stub)
            if state == "SERVING":
                return
            now = time.monotonic()
            if now - began > deadline:
                raise ServerFailed(
                    f"{address}: not healthy after {deadline:g} s (gRPC health: {state}); "
                    f"see `docker compose logs {address.host}`"
                )
            if now - said > _SAY_EACH:
                say(f"waiting for {address} ({state}), {now - began:.0f} s of {deadline:g} s")
                said = now
            time.sleep(_POLL)


def _state(stub: health_pb2_grpc.HealthStub) -> str:
    request = health_pb2.HealthCheckRequest(service=SERVICE)
    try:
        answer = stub.Check(request, timeout=1.0)
    except grpc.RpcError as error:
        return str(error.code().name)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
