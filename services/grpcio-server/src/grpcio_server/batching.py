"""One `predict` for all the requests that wait: worth it where a call of the model is dear."""

from __future__ import annotations

import time
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grpcio_server.service import Predictor


class _Request:
    __slots__ = ("answer", "done", "error", "row")

    def __init__(self, row: Sequence[float]) -> None:
        self.row = row
        self.done = False
        self.answer = 0
        self.error: Exception | None = None


class BatchingPredictor:
    """Predicts single rows by another predictor's `predict` of all that wait.

    No request waits for company: one that finds the model idle is answered at once. Those that
    come while it works are its next batch, which has as many rows as there are threads, at most.
    """

    def __init__(self, predictor: Predictor) -> None:
        """`predictor` is the other one."""
        self._predictor = predictor
        self._waiting: deque[_Request] = deque()
        self._turn = Lock()
        self._company = False
        """Whether the last batch had more than one row: then more are likely to come."""

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.integer[Any]]:
        """Return the cluster of each row."""
        return self._predictor.predict(rows)

    def predict_one(self, row: Sequence[float]) -> int:
        """Return the cluster of one row. Raises what `predict` raised of its batch."""
        request = _Request(row)
        self._waiting.append(request)
        with self._turn:
            # Whoever had the turn before may have answered this one too.
            if not request.done:
                self._answer_all()
        if request.error is not None:
            raise request.error
        return request.answer

    def _answer_all(self) -> None:
        if self._company:
            # Let go of the interpreter once: threads that are about to wait then do, and join.
            time.sleep(0)
        requests = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self._company = len(requests) > 1
        try:
            answers = self._predictor.predict(np.array([request.row for request in requests]))
            for request, answer in zip(requests, answers.tolist()):
                request.answer = answer
        except Exception as error:  # noqa: BLE001
            for request in requests:
                request.error = error
        finally:
            for request in requests:
                request.done = True
