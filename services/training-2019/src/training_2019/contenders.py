"""What each library of 2019 is asked to do in each group, and what it cannot be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import linfa
import sklearn.cluster

from training.edition import DEFAULTS, EQUAL, RESTARTS, Contender, Edition, Missing, estimator

if TYPE_CHECKING:
    from training.data import Data
    from training.edition import Prepared
    from training.order import Job, Order

#: scikit-learn 0.21.3's own default.
_DEFAULT_RESTARTS = 10


def _parameters(job: Job, order: Order) -> dict[str, Any]:
    if job.group in EQUAL:
        raise Missing("linfa 0.1.0 takes no starting centroids: equal work is for current ones")
    common = {"n_clusters": job.clusters, "random_state": order.luck}
    if job.group == DEFAULTS:
        return common
    return {**common, "max_iter": job.max_iter, "tol": order.tolerance}


def _sklearn(job: Job, order: Order, data: Data) -> Prepared:
    parameters, n_init = _parameters(job, order), _DEFAULT_RESTARTS
    if job.group != DEFAULTS:
        # As published, where one restart was the authors' later correction.
        n_init = RESTARTS[job.group]
        parameters.update(init="random", algorithm="full", n_init=n_init)
    return estimator(sklearn.cluster.KMeans, parameters, job, data, n_init=n_init)


def _linfa(job: Job, order: Order, data: Data) -> Prepared:
    return estimator(linfa.KMeans, _parameters(job, order), job, data, n_init=1)


EDITION = Edition(
    name="2019",
    contenders={
        "sklearn-2019": Contender(prepare=_sklearn),
        "linfa-py-2019": Contender(prepare=_linfa),
    },
    libraries=("numpy", "scikit-learn", "linfa"),
)
