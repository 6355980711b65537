"""What one pass adds to pytest: its benchmarks, in their order; and to pytest-benchmark's JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from training.data import Data, make
from training.edition import Contender, Edition, Missing, Prepared

if sys.version_info >= (3, 8):
    from importlib.metadata import distributions
else:
    from importlib_metadata import distributions

if TYPE_CHECKING:
    from training.order import Job, Order


class OnePass:
    """A pytest plugin: the pass that runs, and what it keeps from one benchmark to the next."""

    def __init__(self, order: Order, edition: Edition) -> None:
        """`edition` is that of the image."""
        self.order, self.edition = order, edition
        self.skipped: dict[str, str] = {}
        """Contender -> why it did not run."""
        self._shape: tuple[int, int, int] | None = None
        self._data: Data | None = None

    def contender(self, job: Job) -> Contender:
        """Return a job's contender. Skips the benchmark where the image does not know it."""
        if job.contender not in self.edition.contenders:
            self._skip(job, "is not known to this image")
        return self.edition.contenders[job.contender]

    def data(self, job: Job) -> Data:
        """Return a job's data; that of the last shape is kept, since those of one come together."""
        shape = (job.points, job.features, job.clusters)
        if self._data is None or self._shape != shape:
            self.forget()  # before the new data is made: both may not fit
            self._data = make(*shape, spread=self.order.spread, seed=self.order.seed)
            self._shape = shape
        return self._data

    def prepare(self, job: Job) -> Prepared:
        """Prepare a job. Skips the benchmark where its contender cannot run it."""
        try:
            return self.contender(job).prepare(job, self.order, self.data(job))
        except Missing as missing:
            self._skip(job, str(missing))
            raise

    def forget(self) -> None:
        """Let go of the data."""
        self._data = None
        for contender in self.edition.contenders.values():
            contender.forget()

    def _skip(self, job: Job, why: str) -> None:
        self.skipped.setdefault(job.contender, why)
        pytest.skip(f"{job.contender}: {why}")

    def pytest_generate_tests(self, metafunc: Any) -> None:  # noqa: ANN401 - older pytests hide it
        """Make a test of each benchmark."""
        found = []
        for job in self.order.benchmarks:
            options: dict[str, Any] = {"group": job.group}
            known = self.edition.contenders.get(job.contender)
            if known and known.timer:
                options["timer"] = known.timer
            mark = pytest.mark.benchmark(**options)
            found.append(pytest.param(self, job, marks=mark, id=str(job)))
        metafunc.parametrize(("running", "job"), found)

    def pytest_sessionfinish(self) -> None:
        """Let go of the data after the last benchmark."""
        self.forget()

    def pytest_benchmark_update_json(self, output_json: dict[str, Any]) -> None:
        """Name those that were skipped, and versions, at the top of pytest-benchmark's JSON."""
        output_json["skipped"] = self.skipped
        found = {each.metadata["Name"]: each.version for each in distributions()}
        output_json["versions"] = {
            name: found[name] for name in self.edition.libraries if name in found
        }
