"""The benchmark that a pass runs for each of its jobs: pytest collects this file by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data import inertia

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from training.order import Job
    from training.plugin import OnePass


def test_training(job: Job, benchmark: BenchmarkFixture, running: OnePass) -> None:
    """Train once or more, timed, and note what came of it."""
    order, prepared = running.order, running.prepare(job)
    prepared.warm()
    result = benchmark.pedantic(prepared.run, rounds=order.rounds, iterations=1)  # type: ignore[no-untyped-call]
    fitted = prepared.read(result)
    benchmark.extra_info.update(
        contender=job.contender,
        edition=running.edition.name,
        threads=order.threads,
        points=job.points,
        features=job.features,
        clusters=job.clusters,
        n_init=fitted.n_init,
        n_iter=fitted.n_iter,
        inertia=inertia(running.data(job).observations, fitted.centroids),
        addition=running.contender(job).addition,
        note=prepared.note,
        **{"pass": order.number},
    )
