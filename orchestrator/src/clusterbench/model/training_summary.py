"""What the training benchmark gave, as data. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clusterbench.model.interval import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """One contender's training times in one group, on data of one shape, with so many threads.

    `time` (s) is what one fit takes, with its interval over passes. `iterations` is the median
    over passes (summed over restarts where a library does not tell them apart), `inertia` the
    mean, recomputed from the centroids; None where the library gives no way to know.
    `time_per_iteration` (s) is paired by pass. `equal` says whether iterations and inertia agree
    with scikit-learn's on the same data within the bounds; None where no equality is claimed.
    An `addition` is no part of the published comparison; `note` says what else differs.
    """

    group: str
    contender: str
    edition: str
    threads: int
    points: int
    features: int
    clusters: int
    n_init: int | None
    time: Estimate
    iterations: float | None
    inertia: float | None
    time_per_iteration: Estimate | None
    equal: bool | None
    addition: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingComparison:
    """How many times as long as `denominator` `numerator` takes, paired by pass.

    Above 1, the denominator is the faster. Both ran on the same data, with as many threads.
    """

    group: str
    numerator: str
    denominator: str
    threads: int
    points: int
    features: int
    clusters: int
    ratio: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSlope:
    """How the time of an iteration grows along one axis: time ~ size ** slope.

    By least squares on logarithms over the sizes; the interval is that of the regression, and
    its `rounds` are the slopes of each pass. `axis` is `points`, `features` or `clusters`.
    """

    group: str
    contender: str
    threads: int
    axis: str
    sizes: tuple[int, ...]
    slope: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
    """What training.json holds, in numbers. `passes` counts those with a figure.

    `throttled` counts the starts of images that a CPU quota held back.

    `iterations_apart` and `inertia_apart` (relative) are the bounds of `TrainingRow.equal`;
    `left_out` says what was not run, and why; `software` what trained, by image.
    """

    passes: int
    rows: tuple[TrainingRow, ...]
    comparisons: tuple[TrainingComparison, ...]
    slopes: tuple[TrainingSlope, ...]
    iterations_apart: int
    inertia_apart: float
    complete: bool
    left_out: tuple[str, ...] = ()
    software: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    throttled: int = 0
