"""What one pass is told: `TRAINING_PASS`, read into data.

Imports no NumPy: the number of threads must be set before that is loaded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

#: What sets the number of threads of the libraries' pools.
POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


class OrderError(Exception):
    """TRAINING_PASS is not an order."""


@dataclass(frozen=True)
class Job:
    """One benchmark: a contender, in a group, on data of one shape."""

    group: str
    contender: str
    points: int
    features: int
    clusters: int
    max_iter: int

    def __str__(self) -> str:
        shape = f"{self.points}x{self.features}x{self.clusters}"
        return f"{self.group}-{self.contender}-{shape}"


@dataclass(frozen=True)
class Order:
    """One pass: its benchmarks in the order in which they run, each called `rounds` times.

    `number` is the pass's own. `tolerance` is scikit-learn's; `spread` and `seed` make the data.
    """

    number: int
    threads: int
    rounds: int
    tolerance: float
    spread: float
    seed: int
    benchmarks: tuple[Job, ...]

    @property
    def luck(self) -> int:
        """Return the seed of what is drawn at random in this pass, the same for all."""
        return self.seed + self.number


def read_order(text: str) -> Order:
    """Read TRAINING_PASS. Raises OrderError."""
    try:
        values = json.loads(text)
        if not isinstance(values, dict):
            raise OrderError("TRAINING_PASS: is not a JSON object")
        jobs = tuple(Job(**each) for each in values.pop("benchmarks", ()))
        order = Order(number=values.pop("pass"), benchmarks=jobs, **values)
        if order.threads < 1 or order.rounds < 1:
            raise OrderError("TRAINING_PASS: threads and rounds are whole numbers from 1 up")
    except (ValueError, TypeError, KeyError) as error:
        raise OrderError(f"TRAINING_PASS: {error}") from error
    return order


def pools(threads: int) -> dict[str, str]:
    """Return the environment that fixes the number of threads."""
    return dict.fromkeys(POOLS, str(threads))
