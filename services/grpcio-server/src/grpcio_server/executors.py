"""Who runs the handlers: a pool of threads, or one asyncio loop. Outside both are alike."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

import centroids_pb2
import grpc
import grpc.aio
from centroids_pb2_grpc import add_ClusteringServiceServicer_to_server
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from grpcio_server import sockets
from grpcio_server.errors import AddressError
from grpcio_server.options import ASYNCIO, Options
from grpcio_server.servicers import AsyncioServicer, ThreadsServicer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from grpcio_server.handlers import Handlers

MAX_MESSAGE = 64 * 1024 * 1024
"""Bytes of the largest message taken or sent; RESOURCE_EXHAUSTED beyond."""

DRAIN = 5.0
"""Seconds that calls in flight have to finish once the server stops."""

_LAST_CALLS = 0.3
"""Seconds in which calls that came before the stop are taken: gRPC cancels what it has not handed
over by then, and does that one call at a time."""

_UNBOUNDED = 2**31 - 1

CLUSTERING = centroids_pb2.DESCRIPTOR.services_by_name["ClusteringService"].full_name
_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
_DESCRIBED = (CLUSTERING, _HEALTH, reflection.SERVICE_NAME)


class Executor(Protocol):
    """A gRPC server, bound to its port; health is NOT_SERVING until `serve`."""

    port: int

    def start(self) -> None:
        """Answer from here on."""

    def serve(self) -> None:
        """Health is SERVING from here on."""

    def stop(self) -> None:
        """Turn health to NOT_SERVING, take no new calls, and let those in flight finish."""


def executor(options: Options, handlers: Handlers, *, shared: bool) -> Executor:
    """Make the one that `options` name; `shared` lets other workers bind the port too.

    Raises AddressError if the port cannot be had.
    """
    kind = Asyncio if options.executor == ASYNCIO else Threads
    return kind(options, handlers, shared=shared)


class Threads:
    """`grpc.server`: a pool of threads."""

    def __init__(self, options: Options, handlers: Handlers, *, shared: bool) -> None:
        """Bind the port."""
        self._pool = ThreadPoolExecutor(options.threads, thread_name_prefix="grpc")
        self._server = grpc.server(self._pool, options=_arguments(options, shared=shared))
        self._health = health.HealthServicer()
        self._say(health_pb2.HealthCheckResponse.NOT_SERVING)
        add_ClusteringServiceServicer_to_server(ThreadsServicer(handlers), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(_DESCRIBED, self._server)
        self.port = _bind(self._server.add_insecure_port, options)

    def start(self) -> None:
        """See Executor."""
        self._server.start()

    def serve(self) -> None:
        """See Executor."""
        self._say(health_pb2.HealthCheckResponse.SERVING)

    def stop(self) -> None:
        """See Executor."""
        self._health.enter_graceful_shutdown()
        time.sleep(_LAST_CALLS)
        self._server.stop(DRAIN).wait()
        self._pool.shutdown(wait=True)

    def _say(self, status: health_pb2.HealthCheckResponse.ServingStatus.ValueType) -> None:
        for name in ("", CLUSTERING):
            self._health.set(name, status)


class Asyncio:
    """`grpc.aio.server`: one event loop, in a thread of its own, so that signals stay outside."""

    def __init__(self, options: Options, handlers: Handlers, *, shared: bool) -> None:
        """Start the loop and bind the port."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="asyncio", daemon=True)
        self._thread.start()
        try:
            self.port = self._await(self._make(options, handlers, shared=shared))
        except BaseException:
            self._end()
            raise

    async def _make(self, options: Options, handlers: Handlers, *, shared: bool) -> int:
        self._server = grpc.aio.server(options=_arguments(options, shared=shared))
        self._health = health.aio.HealthServicer()
        await self._say(health_pb2.HealthCheckResponse.NOT_SERVING)
        add_ClusteringServiceServicer_to_server(AsyncioServicer(handlers), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(_DESCRIBED, self._server)
        return _bind(self._server.add_insecure_port, options)

    def start(self) -> None:
        """See Executor."""
        self._await(self._server.start())

    def serve(self) -> None:
        """See Executor."""
        self._await(self._say(health_pb2.HealthCheckResponse.SERVING))

    def stop(self) -> None:
        """See Executor."""
        self._await(self._health.enter_graceful_shutdown())
        time.sleep(_LAST_CALLS)
        self._await(self._server.stop(DRAIN))
        self._end()

    async def _say(self, status: health_pb2.HealthCheckResponse.ServingStatus.ValueType) -> None:
        for name in ("", CLUSTERING):
            await self._health.set(name, status)

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _arguments(options: Options, *, shared: bool) -> list[tuple[str, int]]:
    return [
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
    ]


def _bind(add_insecure_port: Callable[[str], int], options: Options) -> int:
    where = sockets.address(options.host, options.port)
    try:
        return add_insecure_port(where)
    except RuntimeError as error:
        raise AddressError(
            f"cannot listen on {where}; choose another with --host and --port"
        ) from error
