"""What is timed of each contender in each group, and what cannot be."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

import linfa
import numpy as np
import sklearn
import sklearn.cluster

#: Who was skipped, and why.
SKIPPED: Dict[str, str] = {}
#: What trains, by its own word.
VERSIONS: Dict[str, str] = {
    name: str(module.__version__)
    for name, module in (("scikit-learn", sklearn), ("numpy", np), ("linfa", linfa))
    if hasattr(module, "__version__")
}
#: How many of the points a library trains on before it is timed.
_WARM_UP = 5_000


class CannotRun(Exception):  # noqa: N818
    """A benchmark is not one of 2019."""


class Timed:
    """One benchmark: `call` trains anew each time, and leaves the model that it made."""

    def __init__(self, make: Callable[[], Any], data: Any, *, predicts: bool) -> None:
        self._make, self._data, self._predicts = make, data, predicts
        self.model: Any = None

    def call(self) -> None:
        """Train: what is timed."""
        self.model = self._make()
        if self._predicts:
            self.model.fit_predict(self._data)
        else:
            self.model.fit(self._data)

    def warm_up(self) -> None:
        """Train on some of the points."""
        self._make().fit(self._data[:_WARM_UP])


def timed(contender: str, benchmark: Dict[str, Any], whole: Dict[str, Any], data: Any) -> Timed:
    """Prepare a benchmark of the pass `whole`. Raises CannotRun with the reason."""
    group, k = benchmark["group"], benchmark["clusters"]
    seed = whole["seed"] + whole["pass"]
    limits = {
        "max_iter": benchmark.get("max_iter", whole.get("max_iter", 100)),
        "tol": whole["tolerance"],
    }
    restarts = {"as-published": 1, "ten-restarts-against-one": 10}
    if contender not in ("sklearn-2019", "linfa-py-2019"):
        raise CannotRun("is not of 2019")
    if group != "defaults" and group not in restarts:
        raise CannotRun("linfa 0.1.0 takes no starting centroids: equal work is for current ones")
    options: Dict[str, Any] = {} if group == "defaults" else dict(limits)
    if contender == "sklearn-2019" and group in restarts:
        # As published, where one restart was the authors' later correction.
        options.update(init="random", algorithm="full", n_init=restarts[group])
    kind = sklearn.cluster.KMeans if contender == "sklearn-2019" else linfa.KMeans
    return Timed(
        lambda: kind(n_clusters=k, random_state=seed, **options),
        data,
        predicts=group != "defaults",
    )


def restarts_of(model: Any) -> int:
    """Give how often it starts anew; linfa 0.1.0 never does."""
    return int(getattr(model, "n_init", 1))


def iterations_of(model: Any) -> Optional[int]:
    """Give its iterations, or None: linfa 0.1.0 does not tell."""
    n_iter = getattr(model, "n_iter_", None)
    return None if n_iter is None else int(n_iter)


def inertia_of(model: Any, data: Any) -> float:
    """Sum the squared distances to the nearest centroid, from the centroids that it ended with."""
    centers = np.asarray(model.cluster_centers_)
    total = 0.0
    for rows in np.array_split(data, max(1, len(data) * len(centers) // 2_000_000)):
        squares = ((rows[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2)
        total += float(squares.min(axis=1).sum())
    return total
