"""What each of today's libraries is asked to do in each group, and what is read from it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import KMeans

from training.edition import (
    DEFAULTS,
    EQUAL,
    RESTARTS,
    Contender,
    Edition,
    Fitted,
    Missing,
    Prepared,
    estimator,
)
from training.linfa_rust import LinfaFailed, LinfaProcess, OwnClock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.data import Data
    from training.order import Job, Order

_CLOCK = OwnClock()


def _module(name: str, distribution: str) -> Any:  # noqa: ANN401 - a module
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(f"{distribution} is not installed ({error})") from error


def _sklearn_parameters(job: Job, order: Order, data: Data) -> dict[str, Any]:
    common: dict[str, Any] = {"n_clusters": job.clusters}
    if job.group == DEFAULTS:
        return {**common, "random_state": order.luck}
    common.update(max_iter=job.max_iter, tol=order.tolerance, algorithm="lloyd")
    if job.group in EQUAL:
        return {**common, "init": data.starts, "n_init": 1}
    restarts = RESTARTS[job.group]
    return {**common, "init": "random", "n_init": restarts, "random_state": order.luck}


def _like_sklearn(kind: Any, job: Job, order: Order, data: Data) -> Prepared:  # noqa: ANN401
    parameters = _sklearn_parameters(job, order, data)
    # The default is k-means++ and, for that, one start.
    n_init = parameters.get("n_init", 1)
    return estimator(kind, parameters, job, data, n_init=n_init, best_alone=True)


def _sklearn(job: Job, order: Order, data: Data) -> Prepared:
    return _like_sklearn(KMeans, job, order, data)


def _sklearnex(job: Job, order: Order, data: Data) -> Prepared:
    module = _module("sklearnex.cluster", "scikit-learn-intelex")
    return _like_sklearn(module.KMeans, job, order, data)


def _linfa_py(job: Job, order: Order, data: Data) -> Prepared:
    kind = _module("linfa_kmeans", "the binding, linfa_kmeans,").KMeans
    parameters: dict[str, Any] = {"n_clusters": job.clusters, "random_state": order.luck}
    if job.group != DEFAULTS:
        parameters.update(max_iter=job.max_iter, n_init=1, init="random", tol=order.tolerance)
    if job.group in EQUAL:
        parameters.update(init=data.starts, tol=data.linfa_tolerance(order.tolerance))
    return estimator(kind, parameters, job, data, n_init=1)


class _LinfaRust:
    """Keeps the process, and which data it holds."""

    def __init__(self) -> None:
        self._process: LinfaProcess | None = None
        self._holds: Data | None = None

    def prepare(self, job: Job, order: Order, data: Data) -> Prepared:
        try:
            process = self._process = self._process or LinfaProcess()
        except LinfaFailed as error:
            raise Missing(str(error)) from error
        asked: dict[str, Any] = {"n_clusters": job.clusters, "seed": order.luck}
        note = "its own clock, around what the binding's fit does"
        if job.group == DEFAULTS:
            note += "; linfa's default is ten restarts"
        else:
            asked.update(max_iter=job.max_iter, n_init=1, init="random", tolerance=order.tolerance)
        if job.group in EQUAL:
            tolerance = data.linfa_tolerance(order.tolerance)
            asked.update(init=data.starts.tolist(), tolerance=tolerance)

        def run() -> dict[str, Any]:
            answer = process.fit(**asked)
            _CLOCK.advance(answer["seconds"])
            return answer

        def warm() -> None:
            if self._holds is not data:
                process.load(data.observations)
                self._holds = data

        return Prepared(run=run, warm=warm, read=self._read, note=note)

    def forget(self) -> None:
        """Let go of the data: there is new data to come, and both may not fit."""
        if self._process is not None:
            self._process.close()
        self._process = self._holds = None

    @staticmethod
    def _read(answer: dict[str, Any]) -> Fitted:
        return Fitted(
            centroids=np.array(answer["centroids"]),
            n_iter=answer["n_iter"],
            n_init=answer["n_init"],
        )


def _faiss(job: Job, order: Order, data: Data) -> Prepared:
    faiss = _module("faiss", "faiss-cpu")
    if job.group in RESTARTS:
        raise Missing(f"it takes no part in {job.group}")
    faiss.omp_set_num_threads(order.threads)
    single = np.ascontiguousarray(data.observations, dtype=np.float32)
    options: dict[str, Any] = {"seed": order.luck % 2**31}
    starts: NDArray[np.float32] | None = None
    note = "single precision; its own default: a sample of 256 points a cluster"
    if job.group in EQUAL:
        # It knows no tolerance: it is given the iterations that scikit-learn takes.
        reference = KMeans(**_sklearn_parameters(job, order, data)).fit(data.observations)
        options.update(niter=int(reference.n_iter_), max_points_per_centroid=len(single))
        starts = data.starts.astype(np.float32)
        note = "single precision; as many iterations as scikit-learn took"

    def call(observations: NDArray[np.float32]) -> Any:  # noqa: ANN401
        kmeans = faiss.Kmeans(job.features, job.clusters, **options)
        kmeans.train(observations, init_centroids=starts)
        return kmeans

    def read(kmeans: Any) -> Fitted:  # noqa: ANN401
        centroids = np.asarray(kmeans.centroids, dtype=np.float64)
        return Fitted(centroids=centroids, n_iter=len(kmeans.obj), n_init=1)

    few = single[: len(data.few)]
    return Prepared(run=lambda: call(single), warm=lambda: call(few), read=read, note=note)


_linfa_rust = _LinfaRust()
EDITION = Edition(
    name="current",
    contenders={
        "sklearn": Contender(prepare=_sklearn),
        "linfa-py": Contender(prepare=_linfa_py),
        "linfa-rust": Contender(
            prepare=_linfa_rust.prepare, timer=_CLOCK, forget=_linfa_rust.forget
        ),
        "sklearnex": Contender(prepare=_sklearnex, addition=True),
        "faiss": Contender(prepare=_faiss, addition=True),
    },
    libraries=("numpy", "scikit-learn", "linfa-kmeans", "scikit-learn-intelex", "faiss-cpu"),
)
