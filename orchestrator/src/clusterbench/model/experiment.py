"""What a run is to do: the nouns of the lab, as data. No I/O here.

Each is frozen, and is what run.json and trials.jsonl hold: msgspec writes and reads these
classes as they are, and the JSON schemas in `orchestrator/schema` are made from them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

from clusterbench.model.cpus import CpuPlan, CpuSet
from clusterbench.model.training import Training

Seconds = NewType("Seconds", float)
Bytes = NewType("Bytes", int)
RequestsPerSecond = NewType("RequestsPerSecond", float)


#: The variable that tells a server how many workers to run.
WORKERS = "SERVER_WORKERS"


class Method(StrEnum):
    """A method of ml.ClusteringService."""

    PREDICT = "Predict"
    PREDICT_BATCH = "PredictBatch"


class Loop(StrEnum):
    """What a level is: a number of requests in flight (closed), or a rate of sends (open)."""

    CLOSED = "closed"
    OPEN = "open"


class Limit(StrEnum):
    """The side whose CPU set was full in a trial."""

    SERVER_BOUND = "server-bound"
    CLIENT_BOUND = "client-bound"
    NEITHER = "neither"


CURRENT, EDITION_2019 = "current", "2019"


class Handler(StrEnum):
    """What a server does with a request: asks its model, or returns a constant (no-op)."""

    MODEL = "model"
    NOOP = "noop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What a contender could be in place of: another choice, measured beside the one that is kept.

    `of` is the contender that it stands against, `about` says in a few words what differs. Of the
    throughputs, that of `of` should be `goal` times the alternative's or more; None sets no goal.
    """

    of: str
    about: str
    goal: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One thing being compared: a service of compose.yaml with its environment.

    Somebody else's server is given by `image` (with an engine) or by `command` (without one)
    in place of `service`. `variant` is another build of the service, which its entry describes.
    `per_core` contenders run one worker per core of the server's CPU set; how many that is stands
    in the environment once the CPU plan is known (`percore.resolve`).
    `cores` bounds how many CPUs of the plan's server side it gets; None takes all of them.
    `model` is the file of a model of its own, where it does not serve the data folder's.
    `published` names the published contender that it stands for; its own name where it is None.
    `edition` is the year of its dependencies, `current` or `2019`. `handler` says whether it asks
    its model; with a no-op handler there is nothing for a parity check to see.
    """

    name: str
    service: str | None = None
    variant: str | None = None
    image: str | None = None
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    model: str | None = None
    published: str | None = None
    edition: str = CURRENT
    handler: Handler = Handler.MODEL
    per_core: bool = False
    cores: int | None = None
    alternative: Alternative | None = None

    def cpus(self, plan: CpuPlan) -> CpuSet:
        """Return the CPUs that it gets of a plan's server side."""
        return CpuSet(plan.server.cpus[: self.cores])

    def capacity(self, plan: CpuPlan) -> int:
        """Return how many CPUs it can fill under a plan."""
        return len(self.cpus(plan)) or plan.server_capacity

    @property
    def build(self) -> str | None:
        """Name the build that serves: `rust-tonic`, or `rust-tonic@native` for a variant."""
        return f"{self.service}@{self.variant}" if self.variant else self.service

    @property
    def noop(self) -> bool:
        """Whether it returns a constant."""
        return self.handler is Handler.NOOP

    @property
    def published_name(self) -> str:
        """Return the published contender that it stands for."""
        return self.published or self.name

    @property
    def workers(self) -> int:
        """Return how many workers it was told to run: 1 where it was told nothing."""
        told = self.environment.get(WORKERS, "")
        return int(told) if told.isdecimal() else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A method, a load generator, a load kind, a connection count and a sweep of levels.

    A level is a concurrency (closed loop: requests in flight over all connections) or a rate
    (open loop: requests per second of the schedule). With a concurrency below the connections,
    each request in flight has a connection of its own.

    `load` is the load kind's name (`kind`) with its settings; `load.kinds` gives it its meaning.
    `loop` and `reference` (False: measured by the published method) are the kind's, and
    `saturates` is the generator's: it can fill any server's CPUs. `rounds` is how many of the
    run's rounds the scenario takes part in, None for all.
    """

    name: str
    method: Method
    generator: str
    connections: int
    sweep: tuple[int, ...]
    contenders: tuple[str, ...]
    load: Mapping[str, Any] = field(default_factory=lambda: {"kind": "closed-loop"})
    loop: Loop = Loop.CLOSED
    reference: bool = True
    saturates: bool = False
    rounds: int | None = None

    def connections_at(self, level: int) -> int:
        """Return the number of connections at a level."""
        return min(self.connections, level) if self.loop is Loop.CLOSED else self.connections


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a trial lasts: `dropped` seconds thrown away, the window, a margin after it.

    The margin keeps the generator sending until the window has surely ended.
    """

    dropped: Seconds
    window: Seconds
    margin: Seconds

    @property
    def load(self) -> Seconds:
        """How long the generator is told to send."""
        return Seconds(self.dropped + self.window + self.margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """Load before a turn's first window, in chunks, until two in a row agree.

    `agree_within` is the relative difference of throughput between two chunks that ends it;
    it lasts `shortest` seconds and no more than `longest`. `longest` of 0 means none at all.
    """

    chunk: Seconds
    agree_within: float
    shortest: Seconds
    longest: Seconds
    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Everything a run does, resolved: nothing is looked up later.

    `contenders` maps a contender's name to it, `data` names the data folder's model by shape
    and digest, so that a resumed run can tell that they changed. `training` is None where it
    does not train.
    """

    profile: str
    contenders: Mapping[str, Contender]
    scenarios: Mapping[str, Scenario]
    rounds: int
    seed: int
    timing: Timing
    warm_up: WarmUp
    plan: str
    data: DataSet
    start_deadline: Seconds
    training: Training | None = None

    def without(self, contenders: Collection[str], generators: Collection[str] = ()) -> Experiment:
        """Leave contenders and load generators out, and the scenarios that nobody then takes."""
        scenarios = {
            name: dataclasses.replace(scenario, contenders=takers)
            for name, scenario in self.scenarios.items()
            if scenario.generator not in generators
            and (takers := tuple(n for n in scenario.contenders if n not in contenders))
        }
        taking = {name for scenario in scenarios.values() for name in scenario.contenders}
        return dataclasses.replace(
            self,
            contenders={n: c for n, c in self.contenders.items() if n in taking},
            scenarios=scenarios,
        )

    def rounds_of(self, scenario: str) -> int:
        """Return how many rounds a scenario takes part in: the first ones."""
        return min(self.scenarios[scenario].rounds or self.rounds, self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """The data folder of a run: the model's shape, how many requests, the files' SHA-256."""

    n_clusters: int
    n_features: int
    n_requests: int
    n_batches: int
    digest: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A contender, under a scenario, at a level."""

    contender: str
    scenario: str
    level: int

    def __str__(self) -> str:
        return f"{self.contender} {self.scenario} {self.level}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One measured window of one cell, in one round (counted from 1)."""

    cell: Cell
    round: int

    @property
    def id(self) -> str:
        """Name the trial within its run, safe as a file's name."""
        plain = f"r{self.round}-{self.cell.contender}-{self.cell.scenario}-{self.cell.level}"
        return re.sub(r"[^A-Za-z0-9._-]+", "-", plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One contender's stay in one round: its trials, in the order in which they run."""

    contender: str
    round: int
    trials: tuple[Trial, ...]
