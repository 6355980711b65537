"""One `predict` for all the calls that wait: what a model that is dear to ask, asks for."""

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


class _Call:
    __slots__ = ("answer", "done", "error", "row")

    def __init__(self, row: Sequence[float]) -> None:
        self.row = row
        self.done = False
        self.answer = 0
        self.error: Exception | None = None


class BatchingPredictor:
    """Answers single rows by the other's `predict` of all that wait; many rows as it does.

    No call waits for company: one that finds the model idle is answered at once. Those that come
    while it works are its next batch, which thus has as many rows as there are threads, at most.
    """

    def __init__(self, predictor: Predictor) -> None:
        """`predictor` is what answers."""
        self._predictor = predictor
        self._waiting: deque[_Call] = deque()
        self._turn = Lock()
        self._company = False
        """Whether the last batch had more than one row: then more are likely to come."""

    def predict(self, rows: NDArray[np.float64], /) -> NDArray[np.integer[Any]]:
        """Give the cluster of each row."""
        return self._predictor.predict(rows)

    def predict_one(self, row: Sequence[float], /) -> int:
        """Give the cluster of one row. Raises what `predict` raised of its batch."""
        call = _Call(row)
        self._waiting.append(call)
        with self._turn:
            # Whoever had the turn before may have answered this one too.
            if not call.done:
                self._answer_all()
        if call.error is not None:
            raise call.error
        return call.answer

    def _answer_all(self) -> None:
        if self._company:
            # Let go of the interpreter once: callers that are about to wait then do, and join.
            time.sleep(0)
        calls = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self._company = len(calls) > 1
        try:
            answers = self._predictor.predict(np.array([call.row for call in calls]))
            for call, answer in zip(calls, answers.tolist(), strict=True):
                call.answer = answer
        except Exception as error:  # noqa: BLE001
            for call in calls:
                call.error = error
        finally:
            for call in calls:
                call.done = True
