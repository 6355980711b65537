"""The table `training` of bench.toml, and options, -> settings that cannot be wrong."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterbench.config import toml_table as toml
from clusterbench.errors import ConfigError
from clusterbench.model.training import AXES, GROUPS, Scaling, Shape, Training, scaling_group

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.config.toml_table import Table

ALL_GROUPS = (*GROUPS, *map(scaling_group, AXES))
THREADS = ("one", "all")


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


def read(file: Path) -> Mapping[str, Training]:
    """Read bench.toml's forms of training, by name. Raises ConfigError."""
    return read_forms(toml.read(file).table("training"))


def read_forms(table: Table) -> Mapping[str, Training]:
    """Read the forms of training from their table. Raises ConfigError naming what is wrong."""
    if not table.keys():
        return {}
    table.only(
        "points", "features", "clusters", "spread", "seed", "max_iter", "tolerance", "threads",
        "images", "groups", "equal", "forms",
    )  # fmt: skip
    images_table = table.table("images")
    images = {name: _names(images_table, name) for name in images_table.keys()}  # noqa: SIM118
    known = [name for names in images.values() for name in names]
    groups_table = table.table("groups").only(*ALL_GROUPS)
    groups = {name: groups_table.names(name, known) for name in groups_table.keys()}  # noqa: SIM118
    equal = table.table("equal").only("iterations_apart", "inertia_apart")
    common: dict[str, Any] = {
        "shape": Shape(**{axis: _from_one(table, axis) for axis in AXES}),
        "spread": _above_zero(table, "spread"),
        "seed": table.take("seed", int),
        "max_iter": _from_one(table, "max_iter"),
        "tolerance": _above_zero(table, "tolerance"),
        "threads": table.names("threads", THREADS),
        "images": images,
        "groups": groups,
        "iterations_apart": equal.take("iterations_apart", int),
        "inertia_apart": _above_zero(equal, "inertia_apart"),
    }
    forms = table.table("forms").tables()
    return {name: _form(name, form, common) for name, form in forms.items()}


def _form(name: str, table: Table, common: Mapping[str, Any]) -> Training:
    table.only("passes", "rounds", "scaling")
    scaling = table.table("scaling").only(*AXES, "passes", "max_iter", "largest")
    return Training(
        form=name,
        passes=_from_one(table, "passes"),
        rounds=_from_one(table, "rounds"),
        scaling=Scaling(
            points=scaling.numbers("points"),
            features=scaling.numbers("features"),
            clusters=scaling.numbers("clusters"),
            passes=_from_one(scaling, "passes"),
            max_iter=_from_one(scaling, "max_iter"),
            largest=_from_one(scaling, "largest"),
        ),
        **common,
    )


def pick(forms: Mapping[str, Training], asked: TrainingOverrides, usual: str) -> Training:
    """Return the form that is asked for, with what the command line changes in it.

    Raises ConfigError naming the option that does not fit.
    """
    name = asked.form or usual
    if name not in forms:
        raise ConfigError(f"training {name}: {toml.one_of(name, list(forms))}")
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
    if asked.seed is not None and not 0 <= asked.seed < 2**31:
        raise ConfigError(f"--seed {asked.seed}: it takes a whole number from 0 to 2147483647")
    return dataclasses.replace(
        training,
        shape=Shape(**sizes),
        spread=asked.spread if asked.spread is not None else training.spread,
        seed=asked.seed if asked.seed is not None else training.seed,
        passes=_size("passes", asked.passes, training.passes),
        threads=_allowed("--threads", asked.threads, THREADS) or training.threads,
        groups=_kept(training, asked),
    )


def _kept(training: Training, asked: TrainingOverrides) -> Mapping[str, tuple[str, ...]]:
    known = tuple(dict.fromkeys(name for names in training.images.values() for name in names))
    groups = _allowed("--group", asked.groups, ALL_GROUPS) or tuple(training.groups)
    contenders = _allowed("--contender", asked.contenders, known) or known
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
            raise ConfigError(f"{option} {name}: {toml.one_of(name, choices)}")
    return asked


def _size(option: str, asked: int | None, usual: int) -> int:
    if asked is None:
        return usual
    if asked < 1:
        raise ConfigError(f"--{option} {asked}: it takes a whole number from 1 up")
    return asked


def _names(table: Table, key: str) -> tuple[str, ...]:
    names = table.take(key, list)
    if not names or not all(isinstance(name, str) for name in names):
        raise table.error(key, f"is {names!r}; it takes a list of contenders")
    return tuple(names)


def _from_one(table: Table, key: str) -> int:
    value = table.take(key, int)
    if value < 1:
        raise table.error(key, f"is {value}; it takes a whole number from 1 up")
    return value


def _above_zero(table: Table, key: str) -> float:
    value = table.take(key, float)
    if not 0 < value < float("inf"):
        raise table.error(key, f"is {value}; it takes a number above 0")
    return value
