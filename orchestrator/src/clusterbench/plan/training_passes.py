"""Settings -> passes in order, how long they take and how much memory they need. Pure."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.model.training import (
    AXES,
    GROUPS,
    TEN_RESTARTS,
    Fit,
    Pass,
    Shape,
    Training,
    scaling_group,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: What a pass costs beside its benchmarks: starting, importing, ending (s), as measured.
PASS_COST = 6.0
#: The memory that a pass is taken to need: so many times its data, and beside that so many
#: bytes a point and in all. Measured, from 1,000,000 x 2 to 500,000 x 64, were 4.5 to 6 times
#: the data and 190 MiB, which this is 15% to 50% above.
MEMORY_FACTOR, MEMORY_A_POINT, MEMORY_BASE = 5.0, 40, 400 * 2**20
#: Random starts take about so many iterations; only for estimates of time.
_USUAL_ITERATIONS = 12


def shapes(training: Training) -> dict[str, tuple[Shape, ...]]:
    """Return the shapes along each axis, by axis, without those that are too large."""
    largest = training.scaling.largest
    return {
        axis: tuple(s for s in along if s.bytes <= largest and s.points >= s.clusters)
        for axis, along in _along_axes(training).items()
    }


def too_large(training: Training) -> list[Shape]:
    """Return the shapes of the scaling whose data is larger than it may be."""
    largest = training.scaling.largest
    return [s for along in _along_axes(training).values() for s in along if s.bytes > largest]


def _along_axes(training: Training) -> dict[str, list[Shape]]:
    return {
        axis: [replace(training.shape, **{axis: size}) for size in getattr(training.scaling, axis)]
        for axis in AXES
    }


def every_shape(training: Training) -> tuple[Shape, ...]:
    """Return every shape that is trained on, the main one first."""
    scaling = (s for axis in shapes(training).values() for s in axis)
    return tuple(dict.fromkeys([training.shape, *scaling]))


def passes(
    training: Training, *, images: Collection[str], cpus: int, fits: Collection[Shape] | None = None
) -> tuple[Pass, ...]:
    """Lay out all passes: images and threads in a shuffled order within each, jobs likewise.

    `images` are those that are there, `cpus` how many CPUs the set has, and `fits` the shapes
    that memory holds (all, where None). Scaling is run with one thread. Equal settings give
    equal passes.
    """
    planned: list[Pass] = []
    for number in range(1, training.passes + 1):
        starts = [
            (image, threads) for image in training.images if image in images
            for threads in _threads(training, cpus)
        ]  # fmt: skip
        shuffle = random.Random(f"{training.seed}/{number}")  # noqa: S311 - repeatable is the point
        shuffle.shuffle(starts)
        for image, threads in starts:
            jobs = [
                job
                for job in _jobs(training, number, scaling=threads == 1)
                if job.contender in training.images[image] and (fits is None or job.shape in fits)
            ]
            if jobs:
                order = _shuffled(jobs, shuffle)
                planned.append(Pass(number=number, image=image, threads=threads, jobs=order))
    return tuple(planned)


def remaining(planned: Iterable[Pass], done: Collection[tuple[int, str, int]]) -> tuple[Pass, ...]:
    """Return the passes that were not run yet."""
    return tuple(each for each in planned if each.key not in done)


def seconds(training: Training, planned: Iterable[Pass]) -> float:
    """Estimate how long passes take (s): from what training cost on one core of 2020 or so."""
    return sum(PASS_COST + sum(_seconds(training, job) for job in p.jobs) for p in planned)


def memory(shape: Shape) -> int:
    """Return how much memory a pass on data of this shape needs (bytes)."""
    return int(shape.bytes * MEMORY_FACTOR) + shape.points * MEMORY_A_POINT + MEMORY_BASE


def fitting(shapes: Iterable[Shape], main: Shape, there: int) -> tuple[Shape, ...]:
    """Return the shapes that fit into so much memory (bytes).

    Raises HostError where the main one does not, with what would.
    """
    if (needed := memory(main)) > there:
        most = most_points(main, there)
        would = f"{most:,} points of {main.features} features" if most else "not even one point"
        raise HostError(
            f"--points {main.points}, --features {main.features}: training needs about "
            f"{gib(needed)} of memory, and {gib(there)} may be used here; "
            f"{would} would fit"
        )
    return tuple(shape for shape in shapes if memory(shape) <= there)


def gib(size: int) -> str:
    """Write a size (bytes) in GiB."""
    return f"{size / 2**30:.1f} GiB"


def most_points(shape: Shape, available: int) -> int:
    """Return how many points of this many features fit into so much memory (bytes)."""
    each = shape.features * 8 * MEMORY_FACTOR + MEMORY_A_POINT
    return max(0, int((available - MEMORY_BASE) / each))


def _threads(training: Training, cpus: int) -> list[int]:
    numbers = {"one": 1, "all": max(1, cpus)}
    return list(dict.fromkeys(numbers[name] for name in training.threads))


def _jobs(training: Training, number: int, *, scaling: bool) -> list[Fit]:
    wanted: list[tuple[str, tuple[Shape, ...], int]] = [
        (group, (training.shape,), training.max_iter) for group in GROUPS
    ]
    if scaling and number <= training.scaling.passes:
        wanted += [
            (scaling_group(axis), along, training.scaling.max_iter)
            for axis, along in shapes(training).items()
        ]
    return [
        Fit(group=group, contender=name, shape=shape, max_iter=max_iter)
        for group, along, max_iter in wanted
        for name in training.groups.get(group, ())
        for shape in along
    ]


def _shuffled(jobs: list[Fit], shuffle: random.Random) -> tuple[Fit, ...]:
    """Shuffle the shapes, and the jobs of each: data is made once for all that use it."""
    by_shape: dict[Shape, list[Fit]] = {}
    for job in jobs:
        by_shape.setdefault(job.shape, []).append(job)
    order = list(by_shape)
    shuffle.shuffle(order)
    for shape in order:
        shuffle.shuffle(by_shape[shape])
    return tuple(job for shape in order for job in by_shape[shape])


def _seconds(training: Training, job: Fit) -> float:
    shape = job.shape
    iterations = min(job.max_iter, _USUAL_ITERATIONS)
    restarts = 10 if job.group == TEN_RESTARTS and job.contender == "sklearn" else 1
    each = 10e-9 + 1.2e-9 * shape.clusters * (1 + shape.features / 4)
    prepared = 0.1 + shape.points * (5e-8 + 5e-9 * shape.features + 1e-9 * shape.clusters)
    return prepared + training.rounds * restarts * iterations * shape.points * each
