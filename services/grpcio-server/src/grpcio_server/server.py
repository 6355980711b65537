"""One gRPC server in this process: its predictor, and what asks it."""

from __future__ import annotations

import gc
from time import process_time
from typing import TYPE_CHECKING

import numpy as np

from grpcio_server.batching import BatchingPredictor
from grpcio_server.errors import ServerError
from grpcio_server.handlers import Handlers, ModelHandlers, NoopHandlers
from grpcio_server.options import ASYNCIO, NOOP, ON, SPARED, Options
from grpcio_server.threads import ThreadsExecutor

if TYPE_CHECKING:
    from typing import Self

    from grpcio_server.event_loop import EventLoopExecutor
    from grpcio_server.model import Model
    from grpcio_server.service import Predictor, Service

_COLLECT_AFTER = 50_000
"""Objects more than there were, after which the collector looks for cycles among the new ones."""


class Server:
    """Listens from the start of its `with`, answers health at once, and drains at the end.

    Health is NOT_SERVING until `serve`; leaving the `with` finishes the requests in flight.
    """

    def __init__(self, service: Service, options: Options, model: Model, *, shared: bool) -> None:
        """Make the predictor and bind the port; `shared` lets other workers bind it too.

        Raises UsageError if the port cannot be had.
        """
        self._model = model
        self._gc = options.gc
        self._predictor = service.load(model)
        self._handlers = _handlers(options, self._predictor, model)
        self._executor = _executor(options, self._handlers, shared=shared)
        self.port = self._executor.port

    def __enter__(self) -> Self:
        self._executor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.stop()

    def prove(self) -> None:
        """Have the model predict one observation, its own first centroid, both ways.

        Raises ServerError if an answer is no cluster. Which one it is, the parity check looks at.
        """
        row = list(self._model.centroids[0])
        for answer in (self._predictor.predict_one(row), *self._predictor.predict(np.array([row]))):
            if not 0 <= answer < self._model.n_clusters:
                raise ServerError(
                    f"model {self._model.path}: answered {answer}, which is no cluster"
                )

    def serve(self) -> None:
        """Turn health to SERVING."""
        if self._gc == SPARED:
            _spare_the_collector()
        self._executor.serve()

    def work(self) -> dict[str, float]:
        """Return what this process did in all, as the event `stopped` says it.

        `requests` of Predict and PredictBatch that reached a handler, answered or refused, and
        `cpu_seconds` of the process. To be asked once, after the `with`.
        """
        return {"requests": self._handlers.requests(), "cpu_seconds": round(process_time(), 3)}


def _handlers(options: Options, predictor: Predictor, model: Model) -> Handlers:
    if options.handler == NOOP:
        return NoopHandlers()
    if options.batching == ON:
        predictor = BatchingPredictor(predictor)
    return ModelHandlers(predictor, model.n_features)


def _executor(
    options: Options, handlers: Handlers, *, shared: bool
) -> ThreadsExecutor | EventLoopExecutor:
    if options.executor != ASYNCIO:
        return ThreadsExecutor(options, handlers, shared=shared)
    # grpcio of 2019 has no asyncio.
    from grpcio_server.event_loop import EventLoopExecutor  # noqa: PLC0415

    return EventLoopExecutor(options, handlers, shared=shared)


def _spare_the_collector() -> None:
    """Have the collector of cycles look at less, and less often; see the README.

    What is loaded by now stays, and there is the more of it the larger the libraries are. A
    request allocates some hundred objects that nearly all go by their counts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
