"""Handlers run by one asyncio loop: `grpc.aio.server`. Seen from outside it is as threads are."""
# Names and signatures are those of the generated base class.
# ruff: noqa: N802

from __future__ import annotations

import asyncio
import time
from threading import Thread
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
from centroids_pb2_grpc import ClusteringServiceServicer
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckResponse

from grpcio_server.grpc_setup import DRAIN, HEALTH_OF, LAST_REQUESTS, arguments, set_up
from grpcio_server.observations import ObservationError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import centroids_pb2 as pb

    from grpcio_server.handlers import Handlers
    from grpcio_server.options import Options


class Servicer(ClusteringServiceServicer):
    """The handlers as the loop calls them. It waits while one works: there is no other thread."""

    def __init__(self, handlers: Handlers) -> None:
        """`handlers` are called one at a time."""
        self._handlers = handlers

    async def Predict(
        self,
        request: pb.PredictRequest,
        context: grpc.aio.ServicerContext[pb.PredictRequest, pb.PredictResponse],
    ) -> pb.PredictResponse:
        """Answer one observation, or INVALID_ARGUMENT."""
        try:
            return self._handlers.predict(request)
        except ObservationError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise  # never: abort() has raised

    async def PredictBatch(
        self,
        request: pb.PredictBatchRequest,
        context: grpc.aio.ServicerContext[pb.PredictBatchRequest, pb.PredictBatchResponse],
    ) -> pb.PredictBatchResponse:
        """Answer many observations; INVALID_ARGUMENT for all if one is bad."""
        try:
            return self._handlers.predict_batch(request)
        except ObservationError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise  # never: abort() has raised


class EventLoopExecutor:
    """As ThreadsExecutor. The loop has a thread of its own, so that signals stay outside."""

    def __init__(self, options: Options, handlers: Handlers, *, shared: bool) -> None:
        """Start the loop and bind the port; see ThreadsExecutor."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="asyncio", daemon=True)
        self._thread.start()
        try:
            self.port: int = self._await(self._make(options, handlers, shared=shared))
        except BaseException:
            self._end()
            raise

    async def _make(self, options: Options, handlers: Handlers, *, shared: bool) -> int:
        self._server = grpc.aio.server(options=arguments(options, shared=shared))
        self._health = health.aio.HealthServicer()
        await self._set(HealthCheckResponse.NOT_SERVING)
        return set_up(self._server, Servicer(handlers), self._health, options)

    def start(self) -> None:
        """Answer from here on."""
        self._await(self._server.start())

    def serve(self) -> None:
        """Turn health to SERVING."""
        self._await(self._set(HealthCheckResponse.SERVING))

    def stop(self) -> None:
        """Turn health to NOT_SERVING, take no new requests, and let those in flight finish."""
        self._await(self._health.enter_graceful_shutdown())
        time.sleep(LAST_REQUESTS)
        self._await(self._server.stop(DRAIN))
        self._end()

    async def _set(self, status: HealthCheckResponse.ServingStatus.ValueType) -> None:
        for name in HEALTH_OF:
            await self._health.set(name, status)

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
