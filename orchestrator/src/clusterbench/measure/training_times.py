"""Everything that is said of training, from what each pass timed. Pure."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate, estimate_of
from clusterbench.measure.limits import is_throttled
from clusterbench.measure.pass_figures import pass_figures
from clusterbench.measure.training_slopes import training_slopes
from clusterbench.model.training import AXES, EQUAL_WORK, GROUPS, scaling_group
from clusterbench.model.training_summary import (
    TrainingComparison,
    TrainingRow,
    TrainingSummary,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.measure.pass_figures import PassFigure, PassFigures, TrainingKey
    from clusterbench.model.training import Training, TrainingRecord

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


def summarise_training(training: Training, record: TrainingRecord) -> TrainingSummary:
    """Summarise training.json. What was never run is left out; what failed is in `left_out`."""
    found = pass_figures(record)
    figures = {key: found[key] for key in sorted(found, key=_place)}
    done = [each for each in record.passes if each.result is not None]
    return TrainingSummary(
        passes=len({each.number for each in done}),
        rows=tuple(_row(key, figures, training) for key in figures),
        comparisons=tuple(_comparisons(figures)),
        slopes=tuple(training_slopes(figures)),
        iterations_apart=training.iterations_apart,
        inertia_apart=training.inertia_apart,
        complete=record.complete,
        throttled=sum(is_throttled(each.throttled, each.seconds) for each in done),
        left_out=(*record.left_out, *dict.fromkeys(_failures(record))),
        software={
            # As an image's last pass told them.
            each.image: {
                **record.software.get(each.image, {}),
                **(each.result or {}).get("versions", {}),
            }
            for each in done
        },
    )


def _place(key: TrainingKey) -> tuple[object, ...]:
    """Return a key's place: groups, shapes and contenders in the order in which they are shown."""
    group = _ORDER.index(key.group) if key.group in _ORDER else len(_ORDER)
    names = [name for name, others in COMPARED for name in (name, *others)]
    place = names.index(key.contender) if key.contender in names else len(names)
    return (group, key.threads, key.points, key.features, key.clusters, place, key.contender)


def _row(key: TrainingKey, figures: PassFigures, training: Training) -> TrainingRow:
    by_pass = figures[key]
    mine = by_pass.values()
    info = by_pass[max(by_pass)].info
    iterations = [f.n_iter for f in mine if f.n_iter is not None]
    inertias = [f.inertia for f in mine if f.inertia is not None]
    return TrainingRow(
        **key._asdict(),
        edition=info.get("edition", "current"),
        n_init=info.get("n_init"),
        time=estimate([f.seconds for f in mine]),
        iterations=float(statistics.median(iterations)) if iterations else None,
        inertia=statistics.fmean(inertias) if inertias else None,
        time_per_iteration=estimate_of(f.per_iteration for f in mine),
        equal=_equal(key, figures, training),
        addition=bool(info.get("addition", False)),
        note=info.get("note", ""),
    )


def _equal(key: TrainingKey, figures: PassFigures, training: Training) -> bool | None:
    """Return whether the work was that of scikit-learn, in every pass that both were in.

    None where no equality is claimed, or where there is nothing to hold it against.
    """
    if key.group != EQUAL_WORK and key.group not in _SCALING:
        return None
    both = _paired(figures, key, REFERENCE)
    return all(_alike(mine, theirs, training) for mine, theirs in both) if both else None


def _paired(
    figures: PassFigures, key: TrainingKey, other: str
) -> list[tuple[PassFigure, PassFigure]]:
    """Return the figures of the passes that both a contender and another one were in."""
    theirs = figures.get(key._replace(contender=other), {})
    return [(mine, theirs[number]) for number, mine in figures[key].items() if number in theirs]


def _alike(mine: PassFigure, theirs: PassFigure, training: Training) -> bool:
    if mine.n_iter is None or theirs.n_iter is None:
        return False
    if mine.inertia is None or theirs.inertia is None:
        return False
    return abs(mine.n_iter - theirs.n_iter) <= training.iterations_apart and math.isclose(
        mine.inertia, theirs.inertia, rel_tol=training.inertia_apart
    )


def _comparisons(figures: PassFigures) -> Iterator[TrainingComparison]:
    """Compare at the main shape: of the scaling, slopes are what is looked at."""
    for key in figures:
        for numerator, denominators in COMPARED:
            if key.group in _SCALING or key.contender not in denominators:
                continue
            if both := _paired(figures, key, numerator):
                yield TrainingComparison(
                    group=key.group,
                    numerator=numerator,
                    denominator=key.contender,
                    threads=key.threads,
                    points=key.points,
                    features=key.features,
                    clusters=key.clusters,
                    ratio=estimate([top.seconds / one.seconds for one, top in both]),
                )


def _failures(record: TrainingRecord) -> Iterator[str]:
    """Return which passes failed and which contenders an image skipped, and why."""
    for each in record.passes:
        if each.reason:
            yield f"{each.image}, pass {each.number}, threads {each.threads}: {each.reason}"
        skipped = (each.result or {}).get("skipped", {})
        yield from (f"{name}: {reason}" for name, reason in skipped.items())
