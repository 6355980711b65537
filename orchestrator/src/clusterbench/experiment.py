"""The nouns of the lab, as data. No I/O here.

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

from clusterbench.claims import InForce
from clusterbench.training.nouns import Training

Seconds = NewType("Seconds", float)
Bytes = NewType("Bytes", int)
RequestsPerSecond = NewType("RequestsPerSecond", float)


#: The variable that tells a server how many workers to run.
WORKERS = "SERVER_WORKERS"


class Method(StrEnum):
    """A method of ml.ClusteringService."""

    PREDICT = "Predict"
    PREDICT_BATCH = "PredictBatch"


class GeneratorName(StrEnum):
    """A load generator."""

    GHZ = "ghz"
    H2LOAD = "h2load"


class Loop(StrEnum):
    """Closed: callers that wait for their answers. Open: a schedule of sends."""

    CLOSED = "closed"
    OPEN = "open"


class Bottleneck(StrEnum):
    """The side whose CPU set was full in a trial."""

    SERVER = "server"
    GENERATOR = "generator"
    NEITHER = "neither"


class Outcome(StrEnum):
    """How a turn or a trial ended."""

    OK = "ok"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CpuSet:
    """Logical CPUs by number, ascending. Empty means not pinned."""

    cpus: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "cpus", tuple(sorted(set(self.cpus))))

    def __str__(self) -> str:
        """Write the set as the kernel does: `0-3,8`; `unpinned` when empty."""
        if not self.cpus:
            return "unpinned"
        ranges: list[list[int]] = []
        for cpu in self.cpus:
            if ranges and ranges[-1][1] == cpu - 1:
                ranges[-1][1] = cpu
            else:
                ranges.append([cpu, cpu])
        return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)

    def __len__(self) -> int:
        return len(self.cpus)

    def __bool__(self) -> bool:
        return bool(self.cpus)


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuPlan:
    """Which CPUs each side gets, and why.

    `server_capacity` and `generator_capacity` are how many CPUs a side can fill: the size of
    its set, or the whole host where it is not pinned. `note` says how the plan was shrunk.
    """

    name: str
    server: CpuSet
    generator: CpuSet
    server_capacity: int
    generator_capacity: int
    asked: str
    note: str = ""

    def __str__(self) -> str:
        """Say in one line which plan was asked for, and what it became."""
        got = f"server on {self.server}, generator on {self.generator}"
        return f"CPU plan {self.name} ({self.asked}): {got}" + (
            f"; {self.note}" if self.note else ""
        )


CURRENT, EDITION_2019 = "current", "2019"


def edition_of(name: str) -> str:
    """Give the edition that a service or contender is of, by its name: `sklearn-grpc-2019`."""
    return EDITION_2019 if EDITION_2019 in name.split("-") else CURRENT


def of_2019(service: str) -> str:
    """Name the service of 2019 that answers to a current one."""
    return f"{service}-{EDITION_2019}"


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
    `per_core` contenders run one worker a core of the server's CPU set; how many that is stands
    in the environment once the CPU plan is known (`percore.resolve`).
    `cores` bounds how many CPUs of the plan's server side it gets; None takes all of them.
    `model` is the file of a model of its own, where it does not serve the data folder's.
    `published` names whose published figures stand beside its own.
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
    per_core: bool = False
    cores: int | None = None
    alternative: Alternative | None = None

    def cpus(self, plan: CpuPlan) -> CpuSet:
        """Give the CPUs that it gets of a plan's server side."""
        return CpuSet(plan.server.cpus[: self.cores])

    def capacity(self, plan: CpuPlan) -> int:
        """Give how many CPUs it can fill under a plan."""
        return len(self.cpus(plan)) or plan.server_capacity

    @property
    def build(self) -> str | None:
        """Name the build that serves: `rust-tonic`, or `rust-tonic@native` for a variant."""
        return f"{self.service}@{self.variant}" if self.variant else self.service

    @property
    def edition(self) -> str:
        """The year of its dependencies, which is part of its service's name: see `edition_of`."""
        return edition_of(self.service or "")

    @property
    def null(self) -> bool:
        """Whether it answers a constant: there is then nothing for a parity check to see."""
        return self.environment.get("SERVER_HANDLER") == "null"

    @property
    def workers(self) -> int:
        """Give how many workers it was told to run: 1 where it was told nothing."""
        told = self.environment.get(WORKERS, "")
        return int(told) if told.isdecimal() else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A method, a load generator, a loop, a connection count and a ladder of levels.

    A level is a concurrency (closed loop: callers in flight over all connections) or a rate
    (open loop: calls offered a second). With fewer callers than connections, each caller has
    a connection of its own.

    A scenario `as_published` is measured as in 2019: ghz at its defaults of then for `duration`
    (s), on a server that nothing warmed, level after level in the ladder's order; its figures are
    those of ghz's own summary. `rounds` is how many of the run's rounds it takes part in, None
    for all.
    """

    name: str
    method: Method
    generator: GeneratorName
    connections: int
    ladder: tuple[int, ...]
    contenders: tuple[str, ...]
    loop: Loop = Loop.CLOSED
    as_published: bool = False
    duration: Seconds | None = None
    rounds: int | None = None

    def connections_at(self, level: int) -> int:
        """Give the number of connections at a level."""
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
    it lasts `at_least` seconds and no more than `at_most`. `at_most` of 0 means none at all.
    """

    chunk: Seconds
    agree_within: float
    at_least: Seconds
    at_most: Seconds
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

    def without(
        self, contenders: Collection[str], generators: Collection[GeneratorName] = ()
    ) -> Experiment:
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

    def timing_of(self, scenario: str) -> Timing:
        """Give how long a scenario's trials last: as published, all of the load counts."""
        own = self.scenarios[scenario].duration
        if own is None:
            return self.timing
        return Timing(dropped=Seconds(0.0), window=own, margin=Seconds(0.0))

    def rounds_of(self, scenario: str) -> int:
        """Give how many rounds a scenario takes part in: the first ones."""
        return min(self.scenarios[scenario].rounds or self.rounds, self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strain:
    """More than a server can take: so many callers in a closed loop over `connections`.

    They call for `before` seconds; then the server is stopped (SIGSTOP) for `stopped` seconds,
    while they wait; then it goes on (SIGCONT), and they for `after` seconds more.
    """

    connections: int
    callers: int
    before: Seconds
    stopped: Seconds
    after: Seconds

    @property
    def load(self) -> Seconds:
        """How long the callers call."""
        return Seconds(self.before + self.stopped + self.after)


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


# --------------------------------------------------------------------- what a run records


@dataclass(frozen=True, slots=True, kw_only=True)
class SideUsage:
    """What one side (server or generator) used within the window, by the kernel's counters.

    `cpu` CPU-seconds were used in `seconds` seconds; `cpus` is how many CPUs it could fill.
    """

    cpu: Seconds
    seconds: Seconds
    cpus: int

    @property
    def share(self) -> float:
        """Give the share of its CPUs that was busy: 1.0 is a full CPU set."""
        return self.cpu / (self.seconds * self.cpus)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """A line of trials.jsonl: one trial, done or failed.

    `steps` says where its time went (s): `prepare`, `load`, `collect`. `summary_counts` are
    all answers by status name as the generator counted them, also those beyond its per-call
    output. `held_back` is the concurrency that the server's bound on streams let through,
    where that is less than the level. `answer_bytes_ok` is set for h2load alone, which does
    not look at statuses: whether the answers' bytes were those of right answers.
    """

    id: str
    round: int
    contender: str
    scenario: str
    level: int
    connections: int
    started: str
    outcome: Outcome
    reason: str | None = None
    steps: Mapping[str, Seconds] = field(default_factory=dict)
    summary_counts: Mapping[str, int] = field(default_factory=dict)
    truncated: bool = False
    server: SideUsage | None = None
    generator: SideUsage | None = None
    held_back: int | None = None
    answer_bytes_ok: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """The parity check of a turn: how many observations, and the worst relative excess.

    The excess is (distance to the chosen centroid - smallest distance) / smallest distance.
    """

    observations: int
    worst_excess: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerShare:
    """What one worker of a server did in a turn, by its own count.

    `calls` that it answered, `cpu_seconds` that it used, `connections` that it took (None where
    the server does not count them).
    """

    calls: int
    cpu_seconds: Seconds
    connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """A line of trials.jsonl: one turn, after its last trial.

    `steps` says where its time went apart from its trials (s): `start`, `parity`, `warm_up`,
    `stop`. `warm_up` is each chunk's throughput (answers/s), and `warm` whether the last two
    agreed. `hello` is the server's first log line: versions, thread pools, model.
    `peak_memory` is the kernel's high-water mark (bytes), or the largest seen where the kernel
    keeps none (`peak_memory_source`: `kernel` or `sampled`). `workers` is what each worker did,
    in the server's order; empty where the server did not say, or did not live to say it.
    """

    round: int
    contender: str
    started: str
    outcome: Outcome
    reason: str | None = None
    steps: Mapping[str, Seconds] = field(default_factory=dict)
    warm_up: tuple[RequestsPerSecond, ...] = ()
    warm: bool = False
    parity: Parity | None = None
    hello: Mapping[str, Any] = field(default_factory=dict)
    peak_memory: Bytes | None = None
    peak_memory_source: str = ""
    workers: tuple[WorkerShare, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What the figures depend on.

    `host` (CPU, memory, kernel, governor, SMT), `engine` (how things ran, its versions),
    `images` (service -> image id, or build digest of a process), `software` (what -> version).
    `load` is the load average when the run began: kept, but not compared.
    """

    host: Mapping[str, str]
    engine: Mapping[str, str]
    images: Mapping[str, str]
    software: Mapping[str, Mapping[str, str]]
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """run.json: written once, first. `format` rises when a reader of old folders would err.

    `asked` is what the command line changed in the profile, so that resuming need not say it
    again; `commands` are what repeats the run. `warnings` is what `doctor` found that would spoil
    figures. `left_out` says of each contender and generator that could not run here why.
    `calibration` and `claims` are what was in force.
    """

    id: str
    created: str
    clusterbench: str
    runtime: str
    experiment: Experiment
    plan: CpuPlan
    fingerprint: Fingerprint
    asked: Mapping[str, Any] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    calibration: Mapping[str, float] = field(default_factory=dict)
    claims: InForce = field(default_factory=InForce)
    format: int = 1
