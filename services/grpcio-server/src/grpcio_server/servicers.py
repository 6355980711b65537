"""The two handlers of ml.ClusteringService: by the model, and by nothing at all."""
# Names and signatures are those of the generated base class.
# ruff: noqa: N802, ARG002

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import grpc
from centroids_pb2 import (
    PredictBatchRequest,
    PredictBatchResponse,
    PredictRequest,
    PredictResponse,
)
from centroids_pb2_grpc import ClusteringServiceServicer

from grpcio_server.observations import ObservationError, as_row, as_rows

if TYPE_CHECKING:
    from grpcio_server.service import Predictor


class ModelServicer(ClusteringServiceServicer):
    """Decodes, checks, asks the predictor, answers."""

    def __init__(self, predictor: Predictor, n_features: int) -> None:
        """`predictor` takes observations of `n_features`, and is called from several threads."""
        self._predictor = predictor
        self._n_features = n_features

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        """Give the cluster of one observation, or INVALID_ARGUMENT."""
        try:
            row = as_row(request.features, self._n_features)
        except ObservationError as error:
            _refuse(context, error)
        return PredictResponse(cluster_index=self._predictor.predict_one(row))

    def PredictBatch(
        self, request: PredictBatchRequest, context: grpc.ServicerContext
    ) -> PredictBatchResponse:
        """Give the clusters of many observations; INVALID_ARGUMENT for all if one is bad."""
        if not request.observations:
            return PredictBatchResponse()
        try:
            rows = as_rows(request.observations, self._n_features)
        except ObservationError as error:
            _refuse(context, error)
        return PredictBatchResponse(cluster_indexes=self._predictor.predict(rows).tolist())


class NullServicer(ClusteringServiceServicer):
    """Decodes and answers 1: what a call costs without its answer."""

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        """Answer 1, whatever came."""
        return PredictResponse(cluster_index=1)

    def PredictBatch(
        self, request: PredictBatchRequest, context: grpc.ServicerContext
    ) -> PredictBatchResponse:
        """Answer one 1 for each observation, whatever they are."""
        return PredictBatchResponse(cluster_indexes=[1] * len(request.observations))


def _refuse(context: grpc.ServicerContext, error: ObservationError) -> NoReturn:
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    raise AssertionError("abort() always raises")
