"""The calls that are timed, in groups: each group has one that the others are compared with."""

from __future__ import annotations

import array
import random
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from centroids_pb2 import PredictRequest

from benchmarks import linfa
from benchmarks.call import Call
from clusterbench.measure.call_costs import Goal, GoalBasis
from grpcio_server.model import read_model
from grpcio_server.observations import as_row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def features() -> Sequence[Call]:
    """Return the ways from a request's repeated field to an array of float64."""
    ways = {
        "numpy.array of a slice": _array_of_slice,
        "numpy.fromiter": _fromiter,
        "numpy.array of list(field)": _array_of_list,
        "numpy.asarray of the field": _asarray,
        "numpy.frombuffer of array.array": _array_module,
        "numpy.frombuffer of struct.pack": _packed,
    }
    found = []
    for width in WIDTHS:
        group = f"{width} features to an array"
        for name, way in ways.items():
            kept = way is _array_of_slice
            found.append(_of_field(group, name, way, width, reference=kept))
        found.append(_of_field(group, "as served: a list, with its checks", _served, width))
    return found


def _of_field(
    group: str, name: str, way: Callable[[Any], Any], width: int, *, reference: bool = False
) -> Call:
    def prepare() -> tuple[Callable[..., Any], tuple[Any, ...]]:
        sent = PredictRequest(features=np.linspace(-1.5, 2.5, width).tolist())
        field = PredictRequest.FromString(sent.SerializeToString()).features
        assert np.array_equal(way(field), np.array(list(field)))
        return way, (field,)

    return Call(group=group, name=name, prepare=prepare, reference=reference)


def _array_of_slice(field: Any) -> NDArray[np.float64]:
    return np.array(field[:], dtype=np.float64)


def _fromiter(field: Any) -> NDArray[np.float64]:
    return np.fromiter(field, np.float64, len(field))


def _array_of_list(field: Any) -> NDArray[np.float64]:
    return np.array(list(field), dtype=np.float64)


def _asarray(field: Any) -> NDArray[np.float64]:
    return np.asarray(field, dtype=np.float64)


def _array_module(field: Any) -> NDArray[np.float64]:
    return np.frombuffer(array.array("d", field[:]))


def _packed(field: Any) -> NDArray[np.float64]:
    return np.frombuffer(struct.pack(f"{len(field)}d", *field))


def _served(field: Any) -> Sequence[float]:
    return as_row(0, field, len(field))


# ----------------------------------------------------------------------- one row predicted

ONE_ROW = "one row predicted"
#: The row is this centroid, a little moved.
_ROW = 7


def predictions() -> Sequence[Call]:
    """Return the ways to the cluster of one row, by each library, with the lab's own model."""
    python = "binding"
    goal = Goal(measure=GoalBasis.DIFFERENCE, at_most=400e-9)
    return [
        linfa.one_row(ONE_ROW, _centroids, _ROW),
        Call(group=ONE_ROW, name=f"{python}: predict_one(array)", prepare=_linfa_one, goal=goal),
        Call(group=ONE_ROW, name=f"{python}: predict_one(list)", prepare=_linfa_list, goal=goal),
        Call(group=ONE_ROW, name=f"{python}: predict(array of one row)", prepare=_linfa_rows),
        Call(group=ONE_ROW, name="scikit-learn: predict(array of one row)", prepare=_sklearn),
    ]


def _centroids() -> NDArray[np.float64]:
    return np.array(read_model(MODEL).centroids)


def _row() -> NDArray[np.float64]:
    return _centroids()[_ROW] + 0.01


def _linfa() -> Any:
    return pytest.importorskip("linfa_kmeans").KMeans.from_centers(_centroids())


def _linfa_one() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return _linfa().predict_one, (_row(),)


def _linfa_list() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return _linfa().predict_one, (_row().tolist(),)


def _linfa_rows() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return _linfa().predict, (_row()[np.newaxis],)


def _sklearn() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    from sklearn_grpc.predictor import SklearnPredictor  # noqa: PLC0415 - scikit-learn is slow

    return SklearnPredictor(_centroids().tolist()).predict, (_row()[np.newaxis],)
