"""linfa alone, in processes of its own, beside the binding: one row predicted, and a fit."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.call import Call, Prepared
from clusterbench.config import bench_file
from clusterbench.config.compose_file import read_services
from clusterbench.measure.call_costs import Goal, GoalBasis
from training.data import Data, make
from training.linfa_rust import LinfaFailed, LinfaProcess, OwnClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from clusterbench.model.training import Training

ALONE = "linfa alone"
#: What the binding asks of linfa, from Rust: the same compiled code, without Python.
FROM_RUST = "linfa from Rust, as the binding asks it"
#: A turn's figure is the median of so many means of so many calls.
ROUNDS, TIMES = 9, 50_000
#: linfa-timing tells what its work took: a call's time is that, without the pipe to it.
_CLOCK = OwnClock()
_PROCESSES = ExitStack()
_ROOT = Path(__file__).parents[2]


def stop() -> None:
    """End the processes."""
    _process.cache_clear()
    _PROCESSES.close()


@cache
def _process(purpose: str) -> LinfaProcess:
    """Start a process for a purpose: each keeps the data of its own."""
    try:
        return _PROCESSES.enter_context(LinfaProcess())
    except LinfaFailed as error:
        pytest.skip(f"{error}; `./lab build` makes it where there is cargo: it says why not")


# ----------------------------------------------------------------------- one row predicted


def one_row(group: str, centroids: Callable[[], NDArray[np.float64]], row: int) -> Call:
    """Return linfa's own prediction of one row: that centroid, a little moved."""

    def prepare() -> Prepared:
        process = _process("one row")
        process.load(centroids()[row : row + 1] + 0.01)
        asked = {"centroids": centroids().tolist(), "times": TIMES}

        def predict_one() -> None:
            _CLOCK.advance(process.predict_one(**asked)["nanoseconds"] * 1e-9)

        return predict_one, ()

    return Call(
        group=group, name=ALONE, prepare=prepare, reference=True, rounds=ROUNDS, timer=_CLOCK
    )


# ------------------------------------------------------------------------------------ a fit


def fits() -> Sequence[Call]:
    """Return the ways to train on the data of bench.toml's [training], from equal starts."""
    shape = _settings().shape
    group = f"fit of {shape.points:,} x {shape.features}"
    goal = Goal(measure=GoalBasis.RATIO, at_most=1.02)
    call = partial(Call, group=group, rounds=1)
    alone = partial(call, timer=_CLOCK)
    return [
        alone(name=FROM_RUST, prepare=lambda: _fit_alone("centroids"), reference=True),
        alone(name=ALONE, prepare=lambda: _fit_alone("linfa")),
        call(
            name="binding: fit, compute_labels=False", prepare=lambda: _fit(labels=False), goal=goal
        ),
        call(name="binding: fit with labels", prepare=lambda: _fit(labels=True)),
    ]


@cache
def _settings() -> Training:
    bench = bench_file.read(_ROOT / "bench.toml", read_services(_ROOT / "compose.yaml"))
    return next(iter(bench.trainings.values()))


@cache
def _data() -> Data:
    what = _settings()
    shape = (what.shape.points, what.shape.features, what.shape.clusters)
    return make(*shape, spread=what.spread, seed=what.seed)


def _asked() -> dict[str, Any]:
    """Return what both are asked, by the names that they share."""
    what = _settings()
    return {"n_clusters": what.shape.clusters, "max_iter": what.max_iter, "n_init": 1}


def _tolerance() -> float:
    return _data().linfa_tolerance(_settings().tolerance)


@cache
def _ready_alone() -> LinfaProcess:
    """Return a process that has the data, and has trained on it once."""
    process = _process("fit")
    process.load(_data().observations)
    _seconds_alone(process, "linfa")
    return process


def _seconds_alone(process: LinfaProcess, work: str) -> float:
    starts = _data().starts.tolist()
    answer = process.fit(work=work, init=starts, tolerance=_tolerance(), **_asked())
    seconds: float = answer["seconds"]
    return seconds


def _fit_alone(work: str) -> Prepared:
    process = _ready_alone()
    return lambda: _CLOCK.advance(_seconds_alone(process, work)), ()


def _kmeans(*, labels: bool) -> Any:
    given = {**_asked(), "init": _data().starts, "tol": _tolerance()}
    kmeans = pytest.importorskip("linfa_kmeans").KMeans
    return kmeans(**given, compute_labels=labels)


@cache
def _ready() -> None:
    """Have the binding train once, as linfa alone did."""
    model = _kmeans(labels=True).fit(_data().observations)
    assert model.n_iter_ > 1


def _fit(*, labels: bool) -> Prepared:
    _ready()
    return _kmeans(labels=labels).fit, (_data().observations,)
