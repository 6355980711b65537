"""What bench.toml holds and the command line asks -> an Experiment that cannot be wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from clusterbench.config import training_table
from clusterbench.config.training_table import TrainingOverrides
from clusterbench.errors import ConfigError, one_of
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model.experiment import (
    Contender,
    Experiment,
    Scenario,
    Seconds,
    Timing,
    WarmUp,
)
from clusterbench.model.training import Training
from clusterbench.plan.cpu_plan import PLANS

if TYPE_CHECKING:
    from collections.abc import Collection

    from clusterbench.model.experiment import DataSet

#: What a run that trains and serves nothing is called where others have a profile.
TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line changes in a profile; None leaves it as it is.

    `levels` replaces the sweep of every scenario whose load kind takes levels and whose generator
    does not saturate servers; `duration` is that of each trial (s) where the load kind has one of
    its own, as the published method has. `training` asks for training alone, no server.
    """

    profile: str | None = None
    plan: str | None = None
    contenders: tuple[str, ...] | None = None
    levels: tuple[int, ...] | None = None
    rounds: int | None = None
    window: float | None = None
    warm_up: float | None = None
    seed: int | None = None
    duration: float | None = None
    training: TrainingOverrides | None = None

    def given(self) -> dict[str, Any]:
        """Return what was set, by name, as JSON can hold it."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return {name: value for name, value in values.items() if value is not None}

    def after(self, earlier: Mapping[str, Any]) -> Overrides:
        """Return these, and what an earlier command line set (`given`) where these set nothing."""
        return msgspec.convert({**earlier, **self.given()}, Overrides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named set of durations, rounds, contenders and scenarios."""

    name: str
    description: str
    rounds: int
    plan: str
    seed: int
    contenders: tuple[str, ...]
    scenarios: tuple[str, ...]
    timing: Timing
    warm_up: WarmUp
    training: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchFile:
    """bench.toml, read and checked. A scenario without contenders takes its profile's."""

    file: Path
    default_profile: str
    start_deadline: Seconds
    contenders: Mapping[str, Contender]
    scenarios: Mapping[str, Scenario]
    profiles: Mapping[str, Profile]
    trainings: Mapping[str, Training]
    calls_rounds: int

    def experiment(self, data: DataSet, overrides: Overrides | None = None) -> Experiment:
        """Resolve a profile. Raises ConfigError naming the option that does not fit."""
        asked = overrides or Overrides()
        if asked.training is not None:
            return self._training_alone(data, asked, asked.training)
        profile = _pick(self.profiles, asked.profile or self.default_profile, "--profile")
        own_of = {n for name in profile.scenarios for n in self.scenarios[name].contenders}
        usual = _kept(profile.contenders, asked.contenders, self.contenders, own_of)
        scenarios = {
            name: _changed(self.scenarios[name], usual, asked) for name in profile.scenarios
        }
        scenarios = {name: each for name, each in scenarios.items() if each.contenders}
        taking = {name for scenario in scenarios.values() for name in scenario.contenders}
        if not taking:
            raise ConfigError(
                f"--contender: profile {profile.name} measures none of "
                f"{', '.join(asked.contenders or ())}"
            )
        return Experiment(
            profile=profile.name,
            contenders={n: c for n, c in self.contenders.items() if n in taking},
            scenarios=scenarios,
            rounds=profile.rounds if asked.rounds is None else _positive("--rounds", asked.rounds),
            seed=profile.seed if asked.seed is None else asked.seed,
            timing=_timing(profile.timing, asked.window),
            warm_up=_warm_up(profile.warm_up, asked.warm_up),
            plan=_one_of(PLANS, asked.plan or profile.plan, "--plan"),
            data=data,
            start_deadline=self.start_deadline,
            training=self.trainings[profile.training] if profile.training else None,
        )

    def _training_alone(
        self, data: DataSet, asked: Overrides, training: TrainingOverrides
    ) -> Experiment:
        """Resolve a run that serves nothing."""
        usual = self.profiles[self.default_profile]
        return Experiment(
            profile=TRAINING,
            contenders={},
            scenarios={},
            rounds=1,
            seed=usual.seed,
            timing=usual.timing,
            warm_up=usual.warm_up,
            plan=_one_of(PLANS, asked.plan or usual.plan, "--plan"),
            data=data,
            start_deadline=self.start_deadline,
            training=training_table.pick(self.trainings, training, next(iter(self.trainings), "")),
        )


# ------------------------------------------------------------------------------- overrides

V = TypeVar("V")


def _pick(choices: Mapping[str, V], name: str, option: str) -> V:
    return choices[_one_of(choices, name, option)]


def _one_of(choices: Collection[str], name: str, option: str) -> str:
    if name not in choices:
        raise ConfigError(f"{option} {name}: {one_of(name, choices)}")
    return name


def _kept(
    usual: tuple[str, ...],
    asked: tuple[str, ...] | None,
    known: Mapping[str, Contender],
    own_of: Collection[str],
) -> tuple[str, ...]:
    """Return the contenders of scenarios that name none of their own.

    Those asked for that the profile has here, and those that it has nowhere: a contender added
    by name. One that some scenario of the profile names (`own_of`) takes that scenario alone.
    """
    if asked is None:
        return usual
    for name in asked:
        _one_of(known, name, "--contender")
    return tuple(dict.fromkeys(n for n in asked if n in usual or n not in own_of))


def _changed(scenario: Scenario, usual: tuple[str, ...], asked: Overrides) -> Scenario:
    """Return a scenario with its contenders, and what was asked for; it may be left with none."""
    own = scenario.contenders
    if own and asked.contenders is not None:
        own, usual = tuple(name for name in own if name in asked.contenders), ()
    kind = kind_of(scenario)
    sweep = scenario.sweep
    if asked.levels and kind.takes_levels and not scenario.saturates:
        sweep = asked.levels
    if asked.duration is not None:
        kind = kind.lasting(_seconds("--duration", asked.duration))
    return dataclasses.replace(
        scenario, contenders=own or usual, sweep=sweep, load=kind.model_dump()
    )


def _positive(option: str, value: int) -> int:
    if value < 1:
        raise ConfigError(f"{option} {value}: it takes a whole number from 1 up")
    return value


def _seconds(option: str, value: float) -> Seconds:
    if not 0 < value < float("inf"):
        raise ConfigError(f"{option} {value}: it takes seconds, above 0")
    return Seconds(value)


def _timing(timing: Timing, window: float | None) -> Timing:
    if window is None:
        return timing
    return dataclasses.replace(timing, window=_seconds("--window", window))


def _warm_up(warm_up: WarmUp, longest: float | None) -> WarmUp:
    if longest is None:
        return warm_up
    if not 0 <= longest < float("inf"):
        raise ConfigError(f"--warm-up {longest}: it takes seconds, 0 or more")
    shortest = Seconds(min(warm_up.shortest, longest))
    return dataclasses.replace(warm_up, longest=Seconds(longest), shortest=shortest)
