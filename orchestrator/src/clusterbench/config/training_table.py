"""The table [training] of bench.toml, and what the command line changes in it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Strict

from clusterbench.config.option_values import check_within, choose
from clusterbench.config.tables import (
    Agreement,
    Clusters,
    DataBytes,
    Each,
    Features,
    FileTable,
    Iterations,
    Points,
    Rounds,
    Seed,
    Spread,
    Text,
    among,
    known,
    within,
)
from clusterbench.errors import ConfigError
from clusterbench.model import bounds
from clusterbench.model.training import AXES, GROUPS, Scaling, Shape, Training, scaling_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALL_GROUPS = (*GROUPS, *map(scaling_group, AXES))
THREADS = ("one", "all")


class EqualTable(FileTable):
    """Within these, work counts as equal: iterations, and inertia (relative)."""

    iterations_apart: Annotated[int, Strict(), within(bounds.ITERATIONS_APART)]
    inertia_apart: Agreement


class ScalingTable(FileTable):
    """Along which sizes each axis grows, one at a time."""

    points: Each[Points]
    features: Each[Features]
    clusters: Each[Clusters]
    passes: Rounds
    max_iter: Iterations
    largest: DataBytes


class FormTable(FileTable):
    """How much is trained: passes, calls in each, and sizes."""

    passes: Rounds
    rounds: Rounds
    scaling: ScalingTable


class TrainingTable(FileTable):
    """The training benchmark: its data, who trains, and how much."""

    points: Points
    features: Features
    clusters: Clusters
    spread: Spread
    seed: Seed
    max_iter: Iterations
    tolerance: Agreement
    threads: Each[Annotated[str, among(THREADS)]]
    images: dict[Annotated[str, known("trainers")], Each[Text]]
    groups: dict[Annotated[str, among(ALL_GROUPS)], Each[Annotated[Text, known("trained")]]]
    equal: EqualTable
    forms: dict[str, FormTable]

    def trainings(self) -> Mapping[str, Training]:
        """Return the forms of training by name."""
        common = self.model_dump(exclude={*AXES, "equal", "forms"}) | self.equal.model_dump()
        shape = Shape(points=self.points, features=self.features, clusters=self.clusters)
        return {
            name: Training(
                form=name,
                shape=shape,
                passes=form.passes,
                rounds=form.rounds,
                scaling=Scaling(**form.scaling.model_dump()),
                **common,
            )
            for name, form in self.forms.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOverrides:
    """What the command line changes; None leaves it as it is."""

    form: str | None = None
    points: int | None = None
    features: int | None = None
    clusters: int | None = None
    spread: float | None = None
    seed: int | None = None
    passes: int | None = None
    groups: tuple[str, ...] | None = None
    contenders: tuple[str, ...] | None = None
    threads: tuple[str, ...] | None = None


def trained(images: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the contenders of all images, each once."""
    return tuple(dict.fromkeys(name for names in images.values() for name in names))


def pick(forms: Mapping[str, Training], asked: TrainingOverrides, usual: str) -> Training:
    """Return the form that is asked for, with what the command line changes in it.

    Raises ConfigError naming the option that does not fit.
    """
    training = forms[choose("training", asked.form or usual, forms)]
    _check(asked)
    shape = dataclasses.replace(training.shape, **_given(asked, *AXES))
    if shape.points < shape.clusters:
        raise ConfigError(
            f"--points {shape.points}: {shape.clusters} clusters take as many points or more"
        )
    return dataclasses.replace(
        training,
        shape=shape,
        groups=_kept(training, asked),
        **_given(asked, "spread", "seed", "passes", "threads"),
    )


def _check(asked: TrainingOverrides) -> None:
    check_within("--points", asked.points, bounds.POINTS)
    check_within("--features", asked.features, bounds.FEATURES)
    check_within("--clusters", asked.clusters, bounds.CLUSTERS)
    check_within("--passes", asked.passes, bounds.ROUNDS)
    check_within("--spread", asked.spread, bounds.SPREAD)
    check_within("--seed", asked.seed, bounds.SEEDS)
    for name in asked.threads or ():
        choose("--threads", name, THREADS)


def _given(asked: TrainingOverrides, *names: str) -> dict[str, Any]:
    """Return those of the options that were given, by name."""
    values = {name: getattr(asked, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _kept(training: Training, asked: TrainingOverrides) -> Mapping[str, tuple[str, ...]]:
    """Return the groups that are asked for, each with those of its contenders that are."""
    every = trained(training.images)
    groups = [choose("--group", name, ALL_GROUPS) for name in asked.groups or training.groups]
    contenders = [choose("--contender", name, every) for name in asked.contenders or every]
    kept = {
        group: tuple(name for name in training.groups.get(group, ()) if name in contenders)
        for group in groups
    }
    kept = {group: names for group, names in kept.items() if names}
    if not kept:
        raise ConfigError("--group, --contender: nothing is left to train")
    return kept
