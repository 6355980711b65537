"""The table [training] of bench.toml, and what the command line changes in it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from clusterbench.config.tables import Among, Count, Each, Positive, Table, Text, Whole, known
from clusterbench.errors import ConfigError, one_of
from clusterbench.model.training import AXES, GROUPS, Scaling, Shape, Training, scaling_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALL_GROUPS = (*GROUPS, *map(scaling_group, AXES))
THREADS = ("one", "all")
_LARGEST_SEED = 2**31 - 1


class EqualTable(Table):
    """Within these, work counts as equal: iterations, and inertia (relative)."""

    iterations_apart: Whole
    inertia_apart: Positive


class ScalingTable(Table):
    """Along which sizes each axis grows, one at a time."""

    points: Each[Count]
    features: Each[Count]
    clusters: Each[Count]
    passes: Count
    max_iter: Count
    largest: Count


class FormTable(Table):
    """How much is trained: passes, calls in each, and sizes."""

    passes: Count
    rounds: Count
    scaling: ScalingTable


class TrainingTable(Table):
    """The training benchmark: its data, who trains, and how much."""

    points: Count
    features: Count
    clusters: Count
    spread: Positive
    seed: Whole
    max_iter: Count
    tolerance: Positive
    threads: Each[Annotated[str, Among(THREADS)]]
    images: dict[Annotated[str, known("trainers")], Each[Text]]
    groups: dict[Annotated[str, Among(ALL_GROUPS)], Each[Annotated[Text, known("trained")]]]
    equal: EqualTable
    forms: dict[str, FormTable]

    def trainings(self) -> Mapping[str, Training]:
        """Return the forms of training by name."""
        common: dict[str, Any] = {
            "shape": Shape(points=self.points, features=self.features, clusters=self.clusters),
            "spread": self.spread,
            "seed": self.seed,
            "max_iter": self.max_iter,
            "tolerance": self.tolerance,
            "threads": self.threads,
            "images": self.images,
            "groups": self.groups,
            "iterations_apart": self.equal.iterations_apart,
            "inertia_apart": self.equal.inertia_apart,
        }
        return {
            name: Training(
                form=name,
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
    name = asked.form or usual
    if name not in forms:
        raise ConfigError(f"training {name}: {one_of(name, forms)}")
    training = forms[name]
    sizes = {
        axis: _size(axis, getattr(asked, axis), getattr(training.shape, axis)) for axis in AXES
    }
    if sizes["points"] < sizes["clusters"]:
        raise ConfigError(
            f"--points {sizes['points']}: {sizes['clusters']} clusters take as many points or more"
        )
    if asked.spread is not None and not 0 < asked.spread < float("inf"):
        raise ConfigError(f"--spread {asked.spread}: it takes a number above 0")
    if asked.seed is not None and not 0 <= asked.seed <= _LARGEST_SEED:
        raise ConfigError(f"--seed {asked.seed}: it takes a whole number from 0 to {_LARGEST_SEED}")
    return dataclasses.replace(
        training,
        shape=Shape(**sizes),
        spread=training.spread if asked.spread is None else asked.spread,
        seed=training.seed if asked.seed is None else asked.seed,
        passes=_size("passes", asked.passes, training.passes),
        threads=_allowed("--threads", asked.threads, THREADS) or training.threads,
        groups=_kept(training, asked),
    )


def _kept(training: Training, asked: TrainingOverrides) -> Mapping[str, tuple[str, ...]]:
    every = trained(training.images)
    groups = _allowed("--group", asked.groups, ALL_GROUPS) or tuple(training.groups)
    contenders = _allowed("--contender", asked.contenders, every) or every
    kept = {
        group: tuple(name for name in training.groups.get(group, ()) if name in contenders)
        for group in groups
    }
    kept = {group: names for group, names in kept.items() if names}
    if not kept:
        raise ConfigError("--group, --contender: nothing is left to train")
    return kept


def _allowed(
    option: str, asked: tuple[str, ...] | None, choices: tuple[str, ...]
) -> tuple[str, ...] | None:
    for name in asked or ():
        if name not in choices:
            raise ConfigError(f"{option} {name}: {one_of(name, choices)}")
    return asked


def _size(option: str, asked: int | None, usual: int) -> int:
    if asked is None:
        return usual
    if asked < 1:
        raise ConfigError(f"--{option} {asked}: it takes a whole number from 1 up")
    return asked
