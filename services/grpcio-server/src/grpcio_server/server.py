"""One gRPC server in this process: its predictor, and what asks it."""

from __future__ import annotations

import gc
from time import process_time
from typing import TYPE_CHECKING, Self

import numpy as np

from grpcio_server.batching import BatchingPredictor
from grpcio_server.errors import ServerError
from grpcio_server.executors import executor
from grpcio_server.handlers import Handlers, ModelHandlers, NullHandlers
from grpcio_server.options import NULL, ON, SPARED, Options

_COLLECT_AFTER = 50_000
"""Objects more than there were, after which the collector looks for cycles among the new ones."""

if TYPE_CHECKING:
    from types import TracebackType

    from grpcio_server.events import Work
    from grpcio_server.model import Model
    from grpcio_server.service import Service


class Server:
    """Listens from the start of its `with`, answers health at once, and drains at the end.

    Health is NOT_SERVING until `serve`; leaving the `with` finishes the calls in flight.
    """

    def __init__(self, service: Service, options: Options, model: Model, *, shared: bool) -> None:
        """Make the predictor and bind the port; `shared` lets other workers bind it too.

        Raises AddressError if the port cannot be had.
        """
        self._model = model
        self._gc = options.gc
        self._predictor = service.load(model)
        self._handlers: Handlers = (
            NullHandlers()
            if options.handler == NULL
            else ModelHandlers(
                BatchingPredictor(self._predictor) if options.batching == ON else self._predictor,
                model.n_features,
            )
        )
        self._executor = executor(options, self._handlers, shared=shared)
        self.port = self._executor.port

    def __enter__(self) -> Self:
        self._executor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._executor.stop()

    def prove(self) -> None:
        """Have the model answer one observation, its own first centroid, both ways.

        Raises ServerError if an answer is no cluster. Which one it is, the parity check looks at.
        """
        row = list(self._model.centroids[0])
        for answer in (self._predictor.predict_one(row), *self._predictor.predict(np.array([row]))):
            if not 0 <= answer < self._model.n_clusters:
                raise ServerError(
                    f"model {self._model.path}: answered {answer}, which is no cluster"
                )

    def serve(self) -> None:
        """Health is SERVING from here on."""
        if self._gc == SPARED:
            _spare_the_collector()
        self._executor.serve()

    def work(self) -> Work:
        """Say what this process did in all; asked once, after the `with`."""
        return {"calls": self._handlers.calls(), "cpu_seconds": round(process_time(), 3)}


def _spare_the_collector() -> None:
    """Have the collector of cycles look at less, and less often; see the README.

    What is loaded by now stays, and there is the more of it the larger the libraries are. A call
    allocates some hundred objects that nearly all go by their counts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
