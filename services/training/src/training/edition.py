"""What an edition's image trains with: its contenders, and how a call of one is timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data import Data
from training.order import Job, Order

if TYPE_CHECKING:
    from numpy.typing import NDArray

EQUAL = ("equal-work", "scaling-points", "scaling-features", "scaling-clusters")
DEFAULTS, TEN, PUBLISHED = "defaults", "ten-restarts-against-one", "as-published"
RESTARTS = {TEN: 10, PUBLISHED: 1}


class Missing(Exception):  # noqa: N818 - nothing erred
    """A contender cannot run here, or takes no part in a group."""


@dataclass(frozen=True)
class Fitted:
    """What training gave; None where the library does not tell."""

    centroids: NDArray[np.float64]
    n_iter: int | None
    n_init: int | None


@dataclass(frozen=True)
class Prepared:
    """A call to time, `run`, and how to read what it gave. `warm` has everything called once."""

    run: Callable[[], Any]
    warm: Callable[[], Any]
    read: Callable[[Any], Fitted]
    note: str = ""


@dataclass(frozen=True)
class Contender:
    """A library, and what it can be asked.

    `timer` is the clock to time it with where that is not pytest-benchmark's own. `forget` lets
    go of what it keeps of the data.
    """

    prepare: Callable[[Job, Order, Data], Prepared]
    addition: bool = False
    timer: Callable[[], float] | None = None
    forget: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Edition:
    """An edition's contenders, and the distributions whose versions its figures depend on."""

    name: str
    contenders: Mapping[str, Contender]
    libraries: tuple[str, ...]


def estimator(
    kind: Callable[..., Any],
    parameters: Mapping[str, Any],
    job: Job,
    data: Data,
    *,
    n_init: int,
    best_alone: bool = False,
) -> Prepared:
    """Time an estimator with scikit-learn's manners, of `n_init` restarts.

    `best_alone` is for one that tells the iterations of its best restart alone: of several, none
    are given then.
    """
    labels = job.group in RESTARTS

    def call(observations: NDArray[np.float64]) -> Any:  # noqa: ANN401
        made = kind(**parameters)
        if labels:
            made.fit_predict(observations)
        else:
            made.fit(observations)
        return made

    def read(made: Any) -> Fitted:  # noqa: ANN401
        # linfa 0.1.0 does not tell its iterations.
        told = None if best_alone and n_init > 1 else getattr(made, "n_iter_", None)
        return Fitted(
            centroids=np.asarray(made.cluster_centers_, dtype=np.float64),
            n_iter=None if told is None else int(told),
            n_init=n_init,
        )

    return Prepared(run=lambda: call(data.observations), warm=lambda: call(data.few), read=read)
