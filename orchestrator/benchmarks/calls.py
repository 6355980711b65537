"""The calls that are timed, in groups: each group has one that the others are compared with."""

from __future__ import annotations

import array
import random
import struct
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from centroids_pb2 import PredictRequest

from benchmarks import linfa
from benchmarks.call import Call, Prepared
from clusterbench.measure.call_costs import Goal, GoalBasis
from grpcio_server.model import read_model
from grpcio_server.observations import as_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

MODEL = Path(__file__).parents[2] / "data" / "model.json"
WIDTHS = (2, 64)


def order(turns: int) -> list[tuple[int, Call]]:
    """Return every call a turn in each of `turns` rounds, shuffled.

    Calls of a group come together, since they are compared: groups are shuffled within the round,
    and calls within their group.
    """
    found = []
    for turn in range(1, turns + 1):
        shuffle = random.Random(turn).shuffle  # noqa: S311 - repeatable is the point
        calls = [*features(), *predictions(), *linfa.fits()]
        shuffle(calls)
        groups = list(dict.fromkeys(call.group for call in calls))
        found += [(turn, call) for group in groups for call in calls if call.group == group]
    return found


# ------------------------------------------------------- a request's features to an array


#: The ways from a request's repeated field to an array of float64; the first is what is kept.
_WAYS: Mapping[str, Callable[[Any], Any]] = {
    "numpy.array of a slice": lambda field: np.array(field[:], dtype=np.float64),
    "numpy.fromiter": lambda field: np.fromiter(field, np.float64, len(field)),
    "numpy.array of list(field)": lambda field: np.array(list(field), dtype=np.float64),
    "numpy.asarray of the field": lambda field: np.asarray(field, dtype=np.float64),
    "numpy.frombuffer of array.array": lambda field: np.frombuffer(array.array("d", field[:])),
    "numpy.frombuffer of struct.pack": lambda field: np.frombuffer(
        struct.pack(f"{len(field)}d", *field)
    ),
    "as served: a list, with its checks": lambda field: as_row(0, field, len(field)),
}


def features() -> Sequence[Call]:
    """Return the ways from a request's repeated field to an array, for each width."""
    kept = next(iter(_WAYS))
    return [
        Call(
            group=f"{width} features to an array",
            name=name,
            prepare=partial(_with_field, way, width),
            reference=name == kept,
        )
        for width in WIDTHS
        for name, way in _WAYS.items()
    ]


def _with_field(way: Callable[[Any], Any], width: int) -> Prepared:
    sent = PredictRequest(features=np.linspace(-1.5, 2.5, width).tolist())
    field = PredictRequest.FromString(sent.SerializeToString()).features
    assert np.array_equal(way(field), np.array(list(field)))
    return way, (field,)


# ----------------------------------------------------------------------- one row predicted

ONE_ROW = "one row predicted"
#: The row is this centroid, a little moved.
_ROW = 7


def predictions() -> Sequence[Call]:
    """Return the ways to the cluster of one row, by each library, with the lab's own model."""
    goal = Goal(measure=GoalBasis.DIFFERENCE, at_most=400e-9)
    call = partial(Call, group=ONE_ROW)
    return [
        linfa.one_row(ONE_ROW, _centroids, _ROW),
        call(name="binding: predict_one(array)", prepare=_linfa_one, goal=goal),
        call(name="binding: predict_one(list)", prepare=_linfa_list, goal=goal),
        call(name="binding: predict(array of one row)", prepare=_linfa_rows),
        call(name="scikit-learn: predict(array of one row)", prepare=_sklearn),
    ]


def _centroids() -> NDArray[np.float64]:
    return np.array(read_model(MODEL).centroids)


def _row() -> NDArray[np.float64]:
    row: NDArray[np.float64] = _centroids()[_ROW] + 0.01
    return row


def _linfa() -> Any:
    return pytest.importorskip("linfa_kmeans").KMeans.from_centers(_centroids())


def _linfa_one() -> Prepared:
    return _linfa().predict_one, (_row(),)


def _linfa_list() -> Prepared:
    return _linfa().predict_one, (_row().tolist(),)


def _linfa_rows() -> Prepared:
    return _linfa().predict, (_row()[np.newaxis],)


def _sklearn() -> Prepared:
    from sklearn_grpc.predictor import holding  # noqa: PLC0415 - scikit-learn is slow

    return holding(_centroids().tolist()).predict, (_row()[np.newaxis],)
