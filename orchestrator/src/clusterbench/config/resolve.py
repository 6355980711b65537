"""What bench.toml holds and the command line asks -> an Experiment that cannot be wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.config.bench_tables import DefaultsTable, ProfileTable
from clusterbench.config.option_values import check_within, choose
from clusterbench.config.training_table import TrainingOverrides, pick
from clusterbench.errors import ConfigError
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model import bounds
from clusterbench.model.contender import Contender
from clusterbench.model.disturbance import InterferenceRule
from clusterbench.model.experiment import Experiment, Scenario, Timing, WarmUp
from clusterbench.model.objective import Objective, Question, parse_objective
from clusterbench.model.training import Training
from clusterbench.model.units import Seconds
from clusterbench.plan.cpu_plan import PLANS
from clusterbench.plan.over_sizes import over_sizes

if TYPE_CHECKING:
    from collections.abc import Collection

    from clusterbench.config.tables import FileTable
    from clusterbench.model.experiment import DataSet

#: What a run that trains and serves nothing is called where others have a profile.
TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line changes in a profile; None leaves it as it is.

    `levels` replaces the sweep of every scenario whose load kind takes levels and whose generator
    does not saturate servers; `duration` is that of each trial (s) where the load kind has one of
    its own, as the published method has. `slo` are the latency objectives of kinds that search for
    a capacity, as in `p99=10ms`. `bench` is the file that is read in the place of bench.toml (its
    absolute path). `training` asks for training alone, no server.
    `profiler` has profilers sample each server once, or none. `repeats` is how often a disturbed
    trial is run again. `counters` has instructions and context switches counted, or not.
    """

    bench: str | None = None
    profile: str | None = None
    plan: str | None = None
    contenders: tuple[str, ...] | None = None
    levels: tuple[int, ...] | None = None
    rounds: int | None = None
    window: float | None = None
    warm_up: float | None = None
    seed: int | None = None
    duration: float | None = None
    slo: tuple[str, ...] | None = None
    training: TrainingOverrides | None = None
    profiler: bool | None = None
    repeats: int | None = None
    counters: bool | None = None

    def given(self) -> dict[str, Any]:
        """Return what was set, by name, as JSON can hold it."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return {name: value for name, value in values.items() if value is not None}

    def after(self, earlier: Mapping[str, Any]) -> Overrides:
        """Return these, and what an earlier command line set (`given`) where these set nothing."""
        return msgspec.convert({**earlier, **self.given()}, Overrides)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchFile:
    """bench.toml, read and checked. A scenario without contenders takes its profile's."""

    defaults: DefaultsTable
    contenders: Mapping[str, Contender]
    scenarios: Mapping[str, Scenario]
    profiles: Mapping[str, ProfileTable]
    trainings: Mapping[str, Training]
    calls_rounds: int
    question: Question | None = None

    def experiment(self, data: DataSet, overrides: Overrides | None = None) -> Experiment:
        """Resolve a profile. Raises ConfigError naming the option that does not fit."""
        asked, usual = overrides or Overrides(), self.defaults
        _check(asked)
        name = choose("--profile", asked.profile or usual.profile, self.profiles)
        profile = self.profiles[name]
        alone = asked.training is not None
        scenarios = {} if alone else self._scenarios(name, profile, asked)
        taking = {name for scenario in scenarios.values() for name in scenario.contenders}
        experiment = Experiment(
            profile=TRAINING if alone else name,
            contenders={n: c for n, c in self.contenders.items() if n in taking},
            scenarios=scenarios,
            rounds=1 if alone else asked.rounds or profile.rounds,
            seed=next(s for s in (asked.seed, profile.seed, usual.seed) if s is not None),
            timing=Timing(**_layers(usual.timing, profile.timing, window=asked.window)),
            warm_up=_warm_up(**_layers(usual.warm_up, profile.warm_up, longest=asked.warm_up)),
            plan=choose("--plan", asked.plan or profile.plan or usual.plan, PLANS),
            data=data,
            start_deadline=Seconds(usual.start_deadline),
            training=self._training(profile, asked),
            question=self._question(asked) if scenarios else None,
            profiler=profile.profiler if asked.profiler is None else asked.profiler,
            counters=profile.counters if asked.counters is None else asked.counters,
            interference=InterferenceRule(
                **_layers(usual.interference, profile.interference, repeats=asked.repeats)
            ),
        )
        return over_sizes(experiment, profile.sizes.sizes()) if profile.sizes else experiment

    def _scenarios(
        self, name: str, profile: ProfileTable, asked: Overrides
    ) -> Mapping[str, Scenario]:
        """Return a profile's scenarios as they are asked for, without those that nobody takes."""
        own_of = {n for each in profile.scenarios for n in self.scenarios[each].contenders}
        usual = _kept(profile.contenders, asked.contenders, self.contenders, own_of)
        changed = {each: _changed(self.scenarios[each], usual, asked) for each in profile.scenarios}
        scenarios = {each: scenario for each, scenario in changed.items() if scenario.contenders}
        if not scenarios:
            asked_for = ", ".join(asked.contenders or ())
            raise ConfigError(f"--contender: profile {name} measures none of {asked_for}")
        return scenarios

    def _question(self, asked: Overrides) -> Question | None:
        """Return what the report answers: at the first objective asked for, unless it is there."""
        objectives = _objectives(asked)
        if self.question is None or not objectives or self.question.objective in objectives:
            return self.question
        return dataclasses.replace(self.question, objective=objectives[0])

    def _training(self, profile: ProfileTable, asked: Overrides) -> Training | None:
        if asked.training is not None:
            return pick(self.trainings, asked.training, next(iter(self.trainings), ""))
        return self.trainings[profile.training] if profile.training else None


# ------------------------------------------------------------------------------- overrides


def _check(asked: Overrides) -> None:
    check_within("--rounds", asked.rounds, bounds.ROUNDS)
    check_within("--window", asked.window, bounds.LOAD)
    check_within("--duration", asked.duration, bounds.LOAD)
    check_within("--warm-up", asked.warm_up, bounds.WAIT)
    check_within("--seed", asked.seed, bounds.SEEDS)
    check_within("--repeats", asked.repeats, bounds.REPEATS)
    for level in asked.levels or ():
        check_within("--levels", level, bounds.LEVELS)
    if len({each.percentile for each in _objectives(asked)}) > 1:
        raise ConfigError(
            f"--slo: {' and '.join(asked.slo or ())}: a run takes objectives of one percentile"
        )


def _objectives(asked: Overrides) -> tuple[Objective, ...]:
    """Return the objectives that were asked for."""
    return tuple(parse_objective(text) for text in asked.slo or ())


def _layers(usual: FileTable, changes: FileTable, **asked: float | None) -> dict[str, Any]:
    """Return the defaults, but for what a profile changes, but for what was asked for."""
    given = {name: value for name, value in asked.items() if value is not None}
    return usual.model_dump() | changes.model_dump(exclude_unset=True) | given


def _warm_up(**settings: Any) -> WarmUp:  # noqa: ANN401 - what `_layers` returns
    """Return a warm-up whose shortest time is not above its longest."""
    shortest = min(settings["shortest"], settings["longest"])
    return WarmUp(**settings | {"shortest": shortest})


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
        choose("--contender", name, known)
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
        kind = kind.lasting(Seconds(asked.duration))
    if asked.slo and (searching := kind.within(_objectives(asked))):
        kind, sweep = searching
    return dataclasses.replace(
        scenario, contenders=own or usual, sweep=sweep, load=kind.model_dump()
    )
