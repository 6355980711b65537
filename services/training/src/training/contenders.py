"""What each library is asked to do in each group, and what is read from it afterwards."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data import Data
from training.linfa_rust import LinfaFailed, LinfaProcess, OwnClock
from training.order import Job, Order

EQUAL = ("equal-work", "scaling-points", "scaling-features", "scaling-clusters")
DEFAULTS, TEN, PUBLISHED = "defaults", "ten-restarts-against-one", "as-published"
GROUPS = (*EQUAL, DEFAULTS, TEN, PUBLISHED)
_RESTARTS = {TEN: 10, PUBLISHED: 1}
_CLOCK = OwnClock()


class Missing(Exception):  # noqa: N818 - nothing erred
    """A contender cannot run here, or takes no part in a group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What training gave; None where the library does not tell."""

    centroids: NDArray[np.float64]
    n_iter: int | None
    n_init: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A call to time, `run`, and how to read what it gave. `warm` has everything called once.

    `timer` is the clock to time it with where that is not pytest-benchmark's own.
    """

    run: Callable[[], Any]
    warm: Callable[[], Any]
    read: Callable[[Any], Fitted]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A library, and what it can be asked."""

    prepare: Callable[[Job, Order, Data], Prepared]
    addition: bool = False
    timer: Callable[[], float] | None = None


def _estimator(
    kind: Any,  # noqa: ANN401 - KMeans of any of the libraries
    parameters: Mapping[str, Any],
    job: Job,
    data: Data,
    note: str = "",
) -> Prepared:
    """Time an estimator with scikit-learn's manners."""
    labels = job.group in (TEN, PUBLISHED)

    def call(observations: NDArray[np.float64]) -> Any:  # noqa: ANN401
        estimator = kind(**parameters)
        if labels:
            estimator.fit_predict(observations)
        else:
            estimator.fit(observations)
        return estimator

    def read(estimator: Any) -> Fitted:  # noqa: ANN401
        return Fitted(
            centroids=np.asarray(estimator.cluster_centers_, dtype=np.float64),
            n_iter=int(estimator.n_iter_),
            n_init=_restarts(parameters),
        )

    return Prepared(
        run=lambda: call(data.observations), warm=lambda: call(data.few), read=read, note=note
    )


def _restarts(parameters: Mapping[str, Any]) -> int:
    """Return the restarts; the defaults of both are k-means++ and, for that, one."""
    return int(parameters.get("n_init", 1))


def _sklearn_parameters(job: Job, order: Order, data: Data) -> dict[str, Any]:
    common: dict[str, Any] = {"n_clusters": job.clusters}
    if job.group == DEFAULTS:
        return {**common, "random_state": order.luck}
    common |= {"max_iter": job.max_iter, "tol": order.tolerance, "algorithm": "lloyd"}
    if job.group in EQUAL:
        return {**common, "init": data.starts, "n_init": 1}
    restarts = _RESTARTS[job.group]
    return {**common, "init": "random", "n_init": restarts, "random_state": order.luck}


def _sklearn(job: Job, order: Order, data: Data) -> Prepared:
    from sklearn.cluster import KMeans  # noqa: PLC0415

    return _best_known(_estimator(KMeans, _sklearn_parameters(job, order, data), job, data))


def _sklearnex(job: Job, order: Order, data: Data) -> Prepared:
    try:
        kind = importlib.import_module("sklearnex.cluster").KMeans
    except ImportError as error:
        raise Missing(f"scikit-learn-intelex is not installed ({error})") from error
    return _best_known(_estimator(kind, _sklearn_parameters(job, order, data), job, data))


def _best_known(prepared: Prepared) -> Prepared:
    """Of several restarts scikit-learn tells the iterations of the best alone: give none."""

    def read(estimator: Any) -> Fitted:  # noqa: ANN401
        fitted = prepared.read(estimator)
        if fitted.n_init == 1:
            return fitted
        return Fitted(centroids=fitted.centroids, n_iter=None, n_init=fitted.n_init)

    return Prepared(run=prepared.run, warm=prepared.warm, read=read, note=prepared.note)


def _linfa_py(job: Job, order: Order, data: Data) -> Prepared:
    try:
        kind = importlib.import_module("linfa_kmeans").KMeans
    except ImportError as error:
        raise Missing(f"the binding, linfa_kmeans, is not installed ({error})") from error
    parameters: dict[str, Any] = {"n_clusters": job.clusters}
    if job.group == DEFAULTS:
        return _estimator(kind, {**parameters, "random_state": order.luck}, job, data)
    parameters |= {"max_iter": job.max_iter, "n_init": 1, "random_state": order.luck}
    if job.group in EQUAL:
        tolerance = data.linfa_tolerance(order.tolerance)
        return _estimator(kind, {**parameters, "init": data.starts, "tol": tolerance}, job, data)
    return _estimator(kind, {**parameters, "init": "random", "tol": order.tolerance}, job, data)


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
            asked |= {"max_iter": job.max_iter, "n_init": 1}
            asked |= (
                {"init": data.starts.tolist(), "tolerance": data.linfa_tolerance(order.tolerance)}
                if job.group in EQUAL
                else {"init": "random", "tolerance": order.tolerance}
            )

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
    try:
        faiss = importlib.import_module("faiss")
    except ImportError as error:
        raise Missing(f"faiss-cpu is not installed ({error})") from error
    if job.group in (TEN, PUBLISHED):
        raise Missing(f"it takes no part in {job.group}")
    faiss.omp_set_num_threads(order.threads)
    single = np.ascontiguousarray(data.observations, dtype=np.float32)
    options: dict[str, Any] = {"seed": order.luck % 2**31}
    starts: NDArray[np.float32] | None = None
    note = "single precision; its own default: a sample of 256 points a cluster"
    if job.group in EQUAL:
        # It knows no tolerance: it is given the iterations that scikit-learn takes.
        from sklearn.cluster import KMeans  # noqa: PLC0415

        reference = KMeans(**_sklearn_parameters(job, order, data)).fit(data.observations)
        options |= {"niter": int(reference.n_iter_), "max_points_per_centroid": len(single)}
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
CONTENDERS: Mapping[str, Contender] = {
    "sklearn": Contender(prepare=_sklearn),
    "linfa-py": Contender(prepare=_linfa_py),
    "linfa-rust": Contender(prepare=_linfa_rust.prepare, timer=_CLOCK),
    "sklearnex": Contender(prepare=_sklearnex, addition=True),
    "faiss": Contender(prepare=_faiss, addition=True),
}


def forget_data() -> None:
    """Let go of what contenders keep of the data."""
    _linfa_rust.forget()
