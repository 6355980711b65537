"""The two handlers of ml.ClusteringService: by the model, and by nothing at all."""
# Names and signatures are those of the generated base class.
# ruff: noqa: N802, ARG002

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from centroids_pb2 import PredictBatchResponse, PredictResponse
from centroids_pb2_grpc import ClusteringServiceServicer

from grpcio_server_2019.observations import ObservationError, as_rows

if TYPE_CHECKING:
    from grpcio_server_2019.service import Predictor


class ModelServicer(ClusteringServiceServicer):
    """Decodes, checks, asks the predictor, answers."""

    def __init__(self, predictor: Predictor, n_features: int) -> None:
        """`predictor` takes observations of `n_features`, and is called from several threads."""
        self._predictor = predictor
        self._n_features = n_features

    def Predict(self, request: Any, context: Any) -> Any:
        """Give the cluster of one observation, or INVALID_ARGUMENT."""
        try:
            rows = as_rows((request.features[:],), self._n_features)
        except ObservationError as error:
            return _refuse(context, error)
        return PredictResponse(cluster_index=int(self._predictor.predict(rows)[0]))

    def PredictBatch(self, request: Any, context: Any) -> Any:
        """Give the clusters of many observations; INVALID_ARGUMENT for all if one is bad."""
        if not request.observations:
            return PredictBatchResponse()
        try:
            # One after the other: 64 MiB hold 33 million empty ones.
            rows = as_rows((each.features[:] for each in request.observations), self._n_features)
        except ObservationError as error:
            return _refuse(context, error)
        return PredictBatchResponse(cluster_indexes=map(int, self._predictor.predict(rows)))


class NullServicer(ClusteringServiceServicer):
    """Decodes and answers 1: what a call costs without its answer."""

    def Predict(self, request: Any, context: Any) -> Any:
        """Answer 1, whatever came."""
        return PredictResponse(cluster_index=1)

    def PredictBatch(self, request: Any, context: Any) -> Any:
        """Answer one 1 for each observation, whatever they are."""
        return PredictBatchResponse(cluster_indexes=[1] * len(request.observations))


def _refuse(context: Any, error: ObservationError) -> Any:
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
