"""Everything that is said of training, from pytest-benchmark's JSON of each pass. Pure."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterbench.measure.estimates import estimate, student_t
from clusterbench.model.interval import Estimate
from clusterbench.model.training import AXES, EQUAL_WORK, GROUPS, scaling_group
from clusterbench.model.training_summary import (
    TrainingComparison,
    TrainingRow,
    TrainingSlope,
    TrainingSummary,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.model.training import PassRecord, Training, TrainingRecord

#: What the others are compared with, and held to where work should be equal.
REFERENCE = "sklearn"
#: numerator -> denominators: the published comparison, the binding's price, and since 2019.
COMPARED = (
    ("sklearn", ("linfa-py", "linfa-rust", "sklearnex", "faiss")),
    ("linfa-py", ("linfa-rust",)),
    ("sklearn-2019", ("linfa-py-2019", "sklearn")),
    ("linfa-py-2019", ("linfa-py",)),
)
_SCALING = tuple(map(scaling_group, AXES))
_ORDER = (*GROUPS, *_SCALING)


@dataclass(frozen=True, slots=True)
class _Key:
    """What a row is of."""

    group: str
    contender: str
    threads: int
    points: int
    features: int
    clusters: int

    def of(self, contender: str) -> _Key:
        return _Key(self.group, contender, self.threads, self.points, self.features, self.clusters)


@dataclass(frozen=True, slots=True)
class _Figure:
    """One contender's figures in one pass: the median time of its rounds (s)."""

    seconds: float
    n_iter: int | None
    inertia: float | None
    info: Mapping[str, Any]


_Figures = dict[_Key, dict[int, _Figure]]


def summarise_training(training: Training, record: TrainingRecord) -> TrainingSummary:
    """Summarise training.json. What was never run is left out; what failed is in `left_out`."""
    figures = _figures(record)
    rows = tuple(_row(key, figures, training) for key in figures)
    done = [each for each in record.passes if each.result is not None]
    return TrainingSummary(
        passes=len({each.number for each in done}),
        rows=rows,
        comparisons=tuple(_comparisons(figures)),
        slopes=tuple(_slopes(figures)),
        iterations_apart=training.iterations_apart,
        inertia_apart=training.inertia_apart,
        complete=len(record.passes) >= record.planned,
        left_out=(*record.left_out, *_failures(record)),
        software={
            image: {**record.software.get(image, {}), **versions}
            for image, versions in _versions(done).items()
        },
    )


def _versions(done: Iterable[PassRecord]) -> Mapping[str, Mapping[str, str]]:
    """Return the versions of the libraries by image, as its last pass told them."""
    return {each.image: (each.result or {}).get("versions", {}) for each in done}


def _figures(record: TrainingRecord) -> _Figures:
    """Return each contender's figures by pass, in the order of groups, shapes and contenders."""
    found: defaultdict[_Key, dict[int, _Figure]] = defaultdict(dict)
    for each in record.passes:
        for benchmark in (each.result or {}).get("benchmarks", ()):
            info = benchmark["extra_info"]
            key = _Key(
                benchmark["group"],
                info["contender"],
                info["threads"],
                info["points"],
                info["features"],
                info["clusters"],
            )
            found[key][each.number] = _Figure(
                statistics.median(benchmark["stats"]["data"]),
                _iterations(info),
                info.get("inertia"),
                info,
            )
    return {key: found[key] for key in sorted(found, key=_place)}


def _iterations(info: Mapping[str, Any]) -> int | None:
    """Return the iterations; of several restarts scikit-learn tells those of the best alone."""
    best_alone = str(info["contender"]).startswith("sklearn") and info.get("n_init") != 1
    n_iter: int | None = info.get("n_iter")
    return None if best_alone else n_iter


def _place(key: _Key) -> tuple[int, int, int, int, int, int, str]:
    group = _ORDER.index(key.group) if key.group in _ORDER else len(_ORDER)
    names = [name for name, others in COMPARED for name in (name, *others)]
    place = names.index(key.contender) if key.contender in names else len(names)
    return (group, key.threads, key.points, key.features, key.clusters, place, key.contender)


def _row(key: _Key, figures: _Figures, training: Training) -> TrainingRow:
    mine = figures[key]
    info = mine[max(mine)].info
    iterations = [f.n_iter for f in mine.values() if f.n_iter is not None]
    inertias = [f.inertia for f in mine.values() if f.inertia is not None]
    return TrainingRow(
        group=key.group,
        contender=key.contender,
        edition=info.get("edition", "current"),
        threads=key.threads,
        points=key.points,
        features=key.features,
        clusters=key.clusters,
        n_init=info.get("n_init"),
        time=estimate([f.seconds for f in mine.values()], positive=True),
        iterations=float(statistics.median(iterations)) if iterations else None,
        inertia=statistics.fmean(inertias) if inertias else None,
        time_per_iteration=_per_iteration(mine.values()),
        equal=_equal(key, figures, training),
        addition=bool(info.get("addition", False)),
        note=info.get("note", ""),
    )


def _per_iteration(figures: Iterable[_Figure]) -> Estimate | None:
    each = [f.seconds / f.n_iter for f in figures if f.n_iter]
    return estimate(each, positive=True) if each else None


def _equal(key: _Key, figures: _Figures, training: Training) -> bool | None:
    """Return whether the work was that of scikit-learn, in every pass that both were in.

    None where no equality is claimed, or where there is nothing to hold it against.
    """
    if key.group != EQUAL_WORK and key.group not in _SCALING:
        return None
    reference = figures.get(key.of(REFERENCE), {})
    pairs = [(figure, reference[n]) for n, figure in figures[key].items() if n in reference]
    if not pairs:
        return None
    return all(_alike(mine, theirs, training) for mine, theirs in pairs)


def _alike(mine: _Figure, theirs: _Figure, training: Training) -> bool:
    if None in (mine.n_iter, theirs.n_iter, mine.inertia, theirs.inertia):
        return False
    assert mine.n_iter is not None and theirs.n_iter is not None  # noqa: S101, PT018 - as above
    assert mine.inertia is not None and theirs.inertia is not None  # noqa: S101, PT018
    return abs(mine.n_iter - theirs.n_iter) <= training.iterations_apart and math.isclose(
        mine.inertia, theirs.inertia, rel_tol=training.inertia_apart
    )


def _comparisons(figures: _Figures) -> Iterable[TrainingComparison]:
    """Compare at the main shape: of the scaling, slopes are what is looked at."""
    for key, theirs in figures.items():
        if key.group in _SCALING:
            continue
        for numerator, denominators in COMPARED:
            mine = figures.get(key.of(numerator), {})
            shared = [number for number in theirs if number in mine]
            if key.contender in denominators and shared:
                ratios = [mine[n].seconds / theirs[n].seconds for n in shared]
                yield TrainingComparison(
                    group=key.group,
                    numerator=numerator,
                    denominator=key.contender,
                    threads=key.threads,
                    points=key.points,
                    features=key.features,
                    clusters=key.clusters,
                    ratio=estimate(ratios, positive=True),
                )


def _slopes(figures: _Figures) -> Iterable[TrainingSlope]:
    for axis in AXES:
        group = scaling_group(axis)
        lines: defaultdict[tuple[str, int], dict[int, dict[int, _Figure]]] = defaultdict(dict)
        for key, mine in figures.items():
            if key.group == group:
                lines[key.contender, key.threads][getattr(key, axis)] = mine
        for (contender, threads), by_size in lines.items():
            slope = _slope(by_size)
            if slope is not None:
                sizes = tuple(sorted(by_size))
                yield TrainingSlope(
                    group=group,
                    contender=contender,
                    threads=threads,
                    axis=axis,
                    sizes=sizes,
                    slope=slope,
                )


def _slope(by_size: Mapping[int, Mapping[int, _Figure]]) -> Estimate | None:
    """Fit log(time of an iteration) to log(size), over sizes; None for fewer than two.

    The interval is the regression's: slope +/- t(0.975, n - 2) s / sqrt(sum (x - mean x)^2),
    with s^2 the residuals' variance. Two sizes leave no residuals, and so no interval.
    """
    points = {
        size: {n: f.seconds / f.n_iter for n, f in figures.items() if f.n_iter}
        for size, figures in by_size.items()
    }
    sizes = sorted(size for size, times in points.items() if times)
    if len(sizes) < 2:  # noqa: PLR2004 - a line takes two
        return None
    x = np.log(sizes)
    middle = [float(np.mean(np.log(list(points[size].values())))) for size in sizes]
    slope, residual = _line(x, middle)
    each = [
        _line(x, [math.log(points[size][n]) for size in sizes])[0]
        for n in sorted(set.intersection(*(set(points[size]) for size in sizes)))
    ]
    spare = len(sizes) - 2
    if spare == 0:
        return Estimate(value=slope, low=None, high=None, rounds=tuple(each))
    spread = float(((x - x.mean()) ** 2).sum())
    half = student_t(spare) * math.sqrt(residual / spare / spread)
    return Estimate(value=slope, low=slope - half, high=slope + half, rounds=tuple(each))


def _line(x: np.ndarray[Any, np.dtype[np.float64]], y: Sequence[float]) -> tuple[float, float]:
    """Return the least-squares slope, and the sum of squared residuals."""
    about = x - x.mean()
    values = np.array(y) - np.mean(y)
    slope = float((about * values).sum() / (about**2).sum())
    return slope, float(((values - slope * about) ** 2).sum())


def _skipped(each: PassRecord) -> Mapping[str, str]:
    """Return contender -> why an image skipped it."""
    result = each.result or {}
    named: Mapping[str, str] = result.get("skipped", {})
    return named


def _failures(record: TrainingRecord) -> Iterable[str]:
    """Return which passes failed and which contenders an image skipped, each reason once."""
    said: dict[str, None] = {}
    for each in record.passes:
        if each.reason:
            said[f"{each.image}, pass {each.number}, threads {each.threads}: {each.reason}"] = None
        for name, reason in _skipped(each).items():
            said[f"{name}: {reason}"] = None
    return said
