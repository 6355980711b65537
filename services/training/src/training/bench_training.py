"""The benchmarks of one pass, as pytest-benchmark runs them, in the order that it is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from training.contenders import CONTENDERS, Missing, forget_data
from training.data import Data, inertia, make
from training.order import Job, read_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

ORDER = read_order(os.environ["TRAINING_PASS"])


class _LastData:
    """Keeps the data of the last shape: benchmarks of one shape come together."""

    def __init__(self) -> None:
        self._shape: tuple[int, int, int] | None = None
        self._data: Data | None = None

    def of(self, job: Job) -> Data:
        shape = (job.points, job.features, job.clusters)
        if self._data is None or self._shape != shape:
            self._data = None  # before the new data is made: both may not fit
            forget_data()
            self._data, self._shape = make(*shape, spread=ORDER.spread, seed=ORDER.seed), shape
        return self._data


DATA = _LastData()


def _jobs() -> Iterator[Any]:
    for job in ORDER.benchmarks:
        options: dict[str, Any] = {"group": job.group}
        contender = CONTENDERS.get(job.contender)
        if contender and contender.timer:
            options["timer"] = contender.timer
        yield pytest.param(job, marks=pytest.mark.benchmark(**options), id=str(job))


@pytest.mark.parametrize("job", list(_jobs()))
def test_training(job: Job, benchmark: BenchmarkFixture, skipped: dict[str, str]) -> None:
    """Train once or more, timed, and note what came of it."""
    contender = CONTENDERS.get(job.contender)
    if contender is None:
        skipped[job.contender] = "is not known to this image"
        pytest.skip(skipped[job.contender])
    data = DATA.of(job)
    try:
        prepared = contender.prepare(job, ORDER, data)
    except Missing as missing:
        skipped.setdefault(job.contender, str(missing))
        pytest.skip(str(missing))
    prepared.warm()
    result = benchmark.pedantic(prepared.run, rounds=ORDER.rounds, iterations=1)  # type: ignore[no-untyped-call]
    fitted = prepared.read(result)
    benchmark.extra_info |= {
        "contender": job.contender,
        "edition": "current",
        "pass": ORDER.pass_,
        "threads": ORDER.threads,
        "points": job.points,
        "features": job.features,
        "clusters": job.clusters,
        "n_init": fitted.n_init,
        "n_iter": fitted.n_iter,
        "inertia": inertia(data.observations, fitted.centroids),
        "addition": contender.addition,
        "note": prepared.note,
    }


@pytest.fixture(scope="session", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    forget_data()
