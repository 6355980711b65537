"""The calls that are timed, in groups: each group has one that the others are compared with."""

from __future__ import annotations

import array
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from centroids_pb2 import PredictRequest

from grpcio_server.model import read_model
from grpcio_server.observations import as_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MODEL = Path(__file__).parents[2] / "data" / "model.json"
WIDTHS = (2, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: `prepare` gives the function and its arguments, outside of what is timed.

    `reference` marks the group's one that the others are compared with: what is kept.
    """

    group: str
    name: str
    prepare: Callable[[], tuple[Callable[..., Any], tuple[Any, ...]]]
    reference: bool = False


def order(turns: int) -> list[tuple[int, Call]]:
    """Give every call a turn in each of `turns` rounds, shuffled within the round."""
    found = []
    for turn in range(1, turns + 1):
        calls = [*features(), *predictions()]
        random.Random(turn).shuffle(calls)  # noqa: S311 - repeatable is the point
        found += [(turn, call) for call in calls]
    return found


# ------------------------------------------------------- a request's features to an array


def features() -> Sequence[Call]:
    """Give the ways from a request's repeated field to an array of float64."""
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
        found.append(_of_field(group, "as served: with its checks", _served, width))
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


def _served(field: Any) -> NDArray[np.float64]:
    return as_row(field, len(field))


# ----------------------------------------------------------------------- one row predicted

ONE_ROW = "one row predicted"


def predictions() -> Sequence[Call]:
    """Give the ways to the cluster of one row, by each library, with the lab's own model."""
    return [
        Call(group=ONE_ROW, name="linfa: predict_one(array)", prepare=_linfa_one, reference=True),
        Call(group=ONE_ROW, name="linfa: predict_one(list)", prepare=_linfa_list),
        Call(group=ONE_ROW, name="linfa: predict(array of one row)", prepare=_linfa_rows),
        Call(group=ONE_ROW, name="scikit-learn: predict(array of one row)", prepare=_sklearn),
    ]


def _centroids() -> NDArray[np.float64]:
    return np.array(read_model(MODEL).centroids)


def _row() -> NDArray[np.float64]:
    return _centroids()[7] + 0.01


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
