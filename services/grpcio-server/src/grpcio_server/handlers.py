"""What is answered: by the model, or a constant. Knows messages, and nothing of gRPC."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import count
from typing import TYPE_CHECKING

from centroids_pb2 import (
    PredictBatchRequest,
    PredictBatchResponse,
    PredictRequest,
    PredictResponse,
)

from grpcio_server.observations import as_row, as_rows

if TYPE_CHECKING:
    from grpcio_server.service import Predictor


class Handlers(ABC):
    """Answers requests, and counts them. Called from several threads at once."""

    def __init__(self) -> None:
        # One step of it is one step to the interpreter too: it needs no lock, and takes 30 ns.
        self._count = count().__next__

    @abstractmethod
    def predict(self, request: PredictRequest) -> PredictResponse:
        """Answer one observation. Raises ObservationError."""

    @abstractmethod
    def predict_batch(self, request: PredictBatchRequest) -> PredictBatchResponse:
        """Answer many observations; one bad one fails all. Raises ObservationError."""

    def requests(self) -> int:
        """Return how many requests came, answered or refused; ask once: asking counts as one."""
        return self._count()


class ModelHandlers(Handlers):
    """Check, ask the predictor, answer."""

    def __init__(self, predictor: Predictor, n_features: int) -> None:
        """`predictor` takes observations of `n_features`, and is called from several threads."""
        super().__init__()
        self._predictor = predictor
        self._n_features = n_features

    def predict(self, request: PredictRequest) -> PredictResponse:
        """Return the cluster of one observation."""
        self._count()
        row = as_row(0, request.features, self._n_features)
        return PredictResponse(cluster_index=self._predictor.predict_one(row))

    def predict_batch(self, request: PredictBatchRequest) -> PredictBatchResponse:
        """Return the clusters of many observations."""
        self._count()
        if not request.observations:
            return PredictBatchResponse()
        rows = as_rows(request.observations, self._n_features)
        return PredictBatchResponse(cluster_indexes=self._predictor.predict(rows).tolist())


class NoopHandlers(Handlers):
    """Answer 1: what a request costs without its model."""

    def predict(self, request: PredictRequest) -> PredictResponse:  # noqa: ARG002
        """Return 1, whatever came."""
        self._count()
        return PredictResponse(cluster_index=1)

    def predict_batch(self, request: PredictBatchRequest) -> PredictBatchResponse:
        """Return one 1 for each observation, whatever they are."""
        self._count()
        return PredictBatchResponse(cluster_indexes=[1] * len(request.observations))
