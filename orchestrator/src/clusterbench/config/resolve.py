"""What bench.toml holds and the command line asks -> an Experiment that cannot be wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from clusterbench.config import toml_table as toml
from clusterbench.config import training_table as settings
from clusterbench.config.training_table import TrainingOverrides
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import (
    Contender,
    Experiment,
    GeneratorName,
    Overload,
    Scenario,
    Seconds,
    Timing,
    WarmUp,
)
from clusterbench.model.training import Training

if TYPE_CHECKING:
    from collections.abc import Collection

    from clusterbench.model.experiment import DataSet

#: The CPU plans that bench.toml and --plan may name; `host.plan` lays them out.
PLANS = ("ryzen-7-1700", "one-core", "two-core", "unpinned")
#: What a contender's `workers` may say: one worker per core of the server's CPU set.
PER_CORE = "per-core"

#: What a run that trains and serves nothing is called where others have a profile.
TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line changes in a profile; None leaves it as it is.

    `levels` keeps or sets the sweep of every scenario in closed loop that ghz drives,
    `duration` that of each trial (s) of the scenarios that are measured as published.
    `training` asks for training alone, no server.
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
    """bench.toml, read and checked."""

    file: Path
    default_profile: str
    start_deadline: Seconds
    contenders: Mapping[str, Contender]
    scenarios: Mapping[str, tuple[Scenario, tuple[str, ...] | None]]
    profiles: Mapping[str, Profile]
    trainings: Mapping[str, Training]
    calls_rounds: int
    overload: Overload

    def experiment(self, data: DataSet, overrides: Overrides | None = None) -> Experiment:
        """Resolve a profile. Raises ConfigError naming the option that does not fit."""
        asked = overrides or Overrides()
        if asked.training is not None:
            return self._training_alone(data, asked, asked.training)
        profile = _pick(self.profiles, asked.profile or self.default_profile, "--profile")
        own_of = {name for s in profile.scenarios for name in self.scenarios[s][1] or ()}
        chosen = _kept(profile.contenders, asked.contenders, self.contenders, own_of)
        scenarios: dict[str, Scenario] = {}
        for name in profile.scenarios:
            scenario, own = self.scenarios[name]
            takers = chosen if own is None else _own(own, asked)
            sweep = scenario.sweep
            if asked.levels and scenario.generator is GeneratorName.GHZ:
                sweep = asked.levels
            if takers:
                scenarios[name] = dataclasses.replace(
                    scenario,
                    contenders=takers,
                    sweep=sweep,
                    duration=_duration(scenario, asked.duration),
                )
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
            training=settings.pick(self.trainings, training, next(iter(self.trainings), "")),
        )


# ------------------------------------------------------------------------------- overrides

V = TypeVar("V")


def _pick(choices: Mapping[str, V], name: str, option: str) -> V:
    return choices[_one_of(choices, name, option)]


def _one_of(choices: Collection[str], name: str, option: str) -> str:
    if name not in choices:
        raise ConfigError(f"{option} {name}: {toml.one_of(name, list(choices))}")
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


def _own(own: tuple[str, ...], asked: Overrides) -> tuple[str, ...]:
    """Return the contenders of a scenario that names its own: only those that were asked for."""
    if asked.contenders is None:
        return own
    return tuple(name for name in own if name in asked.contenders)


def _positive(option: str, value: int) -> int:
    if value < 1:
        raise ConfigError(f"{option} {value}: it takes a whole number from 1 up")
    return value


def _timing(timing: Timing, window: float | None) -> Timing:
    if window is None:
        return timing
    if not 0 < window < float("inf"):
        raise ConfigError(f"--window {window}: it takes seconds, above 0")
    return dataclasses.replace(timing, window=Seconds(window))


def _duration(scenario: Scenario, asked: float | None) -> Seconds | None:
    if asked is None or not scenario.as_published:
        return scenario.duration
    if not 0 < asked < float("inf"):
        raise ConfigError(f"--duration {asked}: it takes seconds, above 0")
    return Seconds(asked)


def _warm_up(warm_up: WarmUp, at_most: float | None) -> WarmUp:
    if at_most is None:
        return warm_up
    if not 0 <= at_most < float("inf"):
        raise ConfigError(f"--warm-up {at_most}: it takes seconds, 0 or more")
    lower_bound = Seconds(min(warm_up.shortest, at_most))
    return dataclasses.replace(warm_up, longest=Seconds(at_most), lower_bound=lower_bound)
