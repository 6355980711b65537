"""What each pass of training timed, from pytest-benchmark's JSON. Pure."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from clusterbench.model.training import TrainingRecord


class TrainingKey(NamedTuple):
    """What is timed: a contender, in a group, with so many threads, on data of one shape."""

    group: str
    contender: str
    threads: int
    points: int
    features: int
    clusters: int


@dataclass(frozen=True, slots=True)
class PassFigure:
    """One contender's figures in one pass.

    `seconds` is the median time of its rounds. `n_iter` and `inertia` are None where the library
    gives no way to know. `info` is what the pass says of the benchmark.
    """

    seconds: float
    n_iter: int | None
    inertia: float | None
    info: Mapping[str, Any]

    @property
    def per_iteration(self) -> float | None:
        """Return the time of an iteration (s); None where their number is not known."""
        return self.seconds / self.n_iter if self.n_iter else None


#: What is timed -> the number of a pass -> its figure.
PassFigures = Mapping[TrainingKey, Mapping[int, PassFigure]]


def pass_figures(record: TrainingRecord) -> PassFigures:
    """Return what each pass of training.json timed."""
    found: defaultdict[TrainingKey, dict[int, PassFigure]] = defaultdict(dict)
    for each in record.passes:
        for benchmark in (each.result or {}).get("benchmarks", ()):
            info = benchmark["extra_info"]
            about = [info[name] for name in TrainingKey._fields[1:]]
            found[TrainingKey(benchmark["group"], *about)][each.number] = PassFigure(
                statistics.median(benchmark["stats"]["data"]),
                _iterations(info),
                info.get("inertia"),
                info,
            )
    return found


def _iterations(info: Mapping[str, Any]) -> int | None:
    """Return the iterations; of several restarts scikit-learn tells those of the best alone."""
    best_alone = str(info["contender"]).startswith("sklearn") and info.get("n_init") != 1
    n_iter: int | None = info.get("n_iter")
    return None if best_alone else n_iter
