"""The handlers as gRPC calls them: from its threads, or from its event loop."""
# Names and signatures are those of the generated base class.
# ruff: noqa: N802

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from centroids_pb2_grpc import ClusteringServiceServicer

from grpcio_server.observations import ObservationError

if TYPE_CHECKING:
    from centroids_pb2 import (
        PredictBatchRequest,
        PredictBatchResponse,
        PredictRequest,
        PredictResponse,
    )

    from grpcio_server.handlers import Handlers

_BAD = grpc.StatusCode.INVALID_ARGUMENT
_NEVER = "abort() always raises"


class ThreadsServicer(ClusteringServiceServicer):
    """For `grpc.server`."""

    def __init__(self, handlers: Handlers) -> None:
        """`handlers` are called from several threads at once."""
        self._handlers = handlers

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        """Answer one observation, or INVALID_ARGUMENT."""
        try:
            return self._handlers.predict(request)
        except ObservationError as error:
            context.abort(_BAD, str(error))
            raise AssertionError(_NEVER) from error

    def PredictBatch(
        self, request: PredictBatchRequest, context: grpc.ServicerContext
    ) -> PredictBatchResponse:
        """Answer many observations; INVALID_ARGUMENT for all if one is bad."""
        try:
            return self._handlers.predict_batch(request)
        except ObservationError as error:
            context.abort(_BAD, str(error))
            raise AssertionError(_NEVER) from error


class AsyncioServicer(ClusteringServiceServicer):
    """For `grpc.aio.server`. The loop waits while a handler works: there is no other thread."""

    def __init__(self, handlers: Handlers) -> None:
        """`handlers` are called one at a time."""
        self._handlers = handlers

    async def Predict(
        self,
        request: PredictRequest,
        context: grpc.aio.ServicerContext[PredictRequest, PredictResponse],
    ) -> PredictResponse:
        """Answer one observation, or INVALID_ARGUMENT."""
        try:
            return self._handlers.predict(request)
        except ObservationError as error:
            await context.abort(_BAD, str(error))
            raise AssertionError(_NEVER) from error

    async def PredictBatch(
        self,
        request: PredictBatchRequest,
        context: grpc.aio.ServicerContext[PredictBatchRequest, PredictBatchResponse],
    ) -> PredictBatchResponse:
        """Answer many observations; INVALID_ARGUMENT for all if one is bad."""
        try:
            return self._handlers.predict_batch(request)
        except ObservationError as error:
            await context.abort(_BAD, str(error))
            raise AssertionError(_NEVER) from error
