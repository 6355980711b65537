"""Contenders of one worker per core: how many workers they get, and what that asks of a load. Pure.

The kernel spreads connections, not requests, over the workers that share a port, and it does so
by chance: few connections would leave workers idle. So where the server has several cores more
connections are used, and as many for every contender, since a request costs more CPU where the
same concurrency is spread over more connections.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model.contender import WORKERS
from clusterbench.model.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Collection

    from clusterbench.model.contender import Contender
    from clusterbench.model.cpus import CpuPlan
    from clusterbench.model.experiment import Scenario

#: With so many connections to each worker, the kernel's chances even out.
CONNECTIONS_PER_WORKER = 16
_REMEDY = "choose a plan with more cores for the server (--plan)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """An experiment on a CPU plan: who is left out of it and why, and what the load became."""

    experiment: Experiment
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def resolve(experiment: Experiment, plan: CpuPlan, asked: Collection[str] = ()) -> Resolved:
    """Return an experiment whose `per_core` contenders have one worker per core of the plan.

    On one core they are left out. `asked` are contenders that the command line names. Raises
    ConfigError where one of them is left out, or all are.
    """
    names = [name for name, contender in experiment.contenders.items() if contender.per_core]
    workers = plan.server_capacity
    if workers < 2:  # noqa: PLR2004 - one worker is what the other contenders have
        return (
            _without(experiment, plan, names, asked) if names else Resolved(experiment=experiment)
        )
    # Also where no contender is `per_core`: a server of one process may have a worker a core too.
    widened = {
        name: _widened(taken, workers)
        for name, scenario in experiment.scenarios.items()
        if (taken := _taken(scenario, experiment.contenders)).contenders
    }
    return Resolved(
        experiment=dataclasses.replace(
            experiment,
            contenders={
                name: _with_workers(contender, workers) if contender.per_core else contender
                for name, contender in experiment.contenders.items()
            },
            scenarios=widened,
        ),
        notes=_notes(experiment.scenarios, widened, workers),
    )


def resolve_one(contender: Contender, plan: CpuPlan) -> Contender:
    """Return a contender that has one worker per core of the plan, where it is `per_core`.

    Raises ConfigError where the plan gives the server one core.
    """
    if not contender.per_core:
        return contender
    if plan.server_capacity < 2:  # noqa: PLR2004 - one worker is what the other contenders have
        raise ConfigError(f"{contender.name}: {_why(plan)}; {_REMEDY}, or another contender")
    return _with_workers(contender, plan.server_capacity)


def connections(asked: int, plan: CpuPlan) -> int:
    """Return how many connections spread requests evenly over a worker per core of the plan."""
    workers = plan.server_capacity
    return asked if workers < 2 else max(asked, CONNECTIONS_PER_WORKER * workers)  # noqa: PLR2004


def _why(plan: CpuPlan) -> str:
    return f"one worker per core takes several, and CPU plan {plan.name} gives the server one here"


def _without(
    experiment: Experiment, plan: CpuPlan, names: Collection[str], asked: Collection[str]
) -> Resolved:
    if not names:
        return Resolved(experiment=experiment)
    why = _why(plan)
    for name in asked:
        if name in names:
            raise ConfigError(f"--contender {name}: {why}; {_REMEDY}, or leave it out")
    left = experiment.without(names)
    if not left.scenarios:
        raise ConfigError(
            f"profile {experiment.profile}: nothing is left to measure; "
            f"{', '.join(names)}: {why}; {_REMEDY}"
        )
    return Resolved(experiment=left, left_out=dict.fromkeys(names, why))


def _with_workers(contender: Contender, workers: int) -> Contender:
    environment = {**contender.environment, WORKERS: str(workers)}
    return dataclasses.replace(contender, environment=environment)


def _taken(scenario: Scenario, contenders: Mapping[str, Contender]) -> Scenario:
    """Return a scenario with the contenders that its `per_core` lets take it."""
    takers = [contenders[name] for name in scenario.contenders]
    several = [each for each in takers if each.per_core]
    left_out: set[str] = set()
    if scenario.per_core is False:
        left_out = {each.name for each in several}
    elif scenario.per_core:
        replaced = {(each.service, each.handler) for each in several}
        left_out = {
            each.name
            for each in takers
            if not each.per_core and (each.service, each.handler) in replaced
        }
    kept = tuple(name for name in scenario.contenders if name not in left_out)
    return dataclasses.replace(scenario, contenders=kept)


def _widened(scenario: Scenario, workers: int) -> Scenario:
    """Return a scenario with its connections; levels become multiples of them where they must."""
    if kind_of(scenario).fixed_connections:
        return scenario
    connections = max(scenario.connections, CONNECTIONS_PER_WORKER * workers)
    wider = dataclasses.replace(scenario, connections=connections)
    if not GENERATORS[scenario.generator].capabilities.level_multiple_of_connections:
        return wider
    levels = (
        math.ceil(level / of) * of
        for level in scenario.sweep
        if (of := wider.connections_at(level))
    )
    return dataclasses.replace(wider, sweep=tuple(dict.fromkeys(levels)))


def _notes(
    before: Mapping[str, Scenario], after: Mapping[str, Scenario], workers: int
) -> tuple[str, ...]:
    """Return what became of connections and levels."""
    pairs = [(before[name], now) for name, now in after.items()]
    widened: defaultdict[str, list[str]] = defaultdict(list)
    for was, now in pairs:
        if now.connections != was.connections:
            what = f"{now.connections} connections in place of {was.connections}"
            widened[what].append(was.name)
    lines = [
        f"{what}, {CONNECTIONS_PER_WORKER} for each of {workers} workers, for all contenders: "
        f"{', '.join(names)}"
        for what, names in widened.items()
    ]
    lines += [
        f"{was.name}: {was.generator}'s levels are now {' '.join(map(str, now.sweep))}, multiples "
        f"of {now.connections} connections, in place of {' '.join(map(str, was.sweep))}"
        for was, now in pairs
        if now.sweep != was.sweep
    ]
    return tuple(lines)
