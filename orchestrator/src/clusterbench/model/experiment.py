"""What a run is to do: its scenarios, its timing, and the experiment that they make. No I/O here.

What is here, and the contenders, are frozen, and are what run.json holds: msgspec writes and reads
these classes as they are, and the JSON schemas in `orchestrator/schema` are made from them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clusterbench.model.contender import Contender
from clusterbench.model.disturbance import NO_REPEATS, InterferenceRule
from clusterbench.model.objective import Question
from clusterbench.model.sizes import ModelSize, Sizes
from clusterbench.model.training import Training
from clusterbench.model.units import Seconds


class Method(StrEnum):
    """A method of ml.ClusteringService."""

    PREDICT = "Predict"
    PREDICT_BATCH = "PredictBatch"


class Loop(StrEnum):
    """What a level is: a number of requests in flight (closed), or a rate of sends (open)."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A method, a load generator, a load kind, a connection count and a sweep of levels.

    A level is a concurrency (closed loop: requests in flight over all connections) or a rate
    (open loop: requests per second of the schedule). With a concurrency below the connections,
    each request in flight has a connection of its own.

    `load` is the load kind's name (`kind`) with its settings; `load.kinds` gives it its meaning.
    `loop` and `reference` (False: measured by the published method) are the kind's, and
    `saturates` says that its generator can fill any server's CPUs, and keeps to no schedule.
    `rounds` is how many of the run's rounds the scenario takes part in, None for all. `per_core`
    takes, where the server has several cores, contenders of one worker per core in the place of the
    same with one process (True), leaves them out (False), or takes both (None).
    `rows` is how many observations a request of PredictBatch has, None for those of the data
    folder's batches. `size` is that of the generated model whose observations are sent, None for
    those of the data folder.
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
    per_core: bool | None = None
    rows: int | None = None
    size: ModelSize | None = None

    @property
    def base(self) -> str:
        """Return its name in bench.toml, whatever generated model it sends to."""
        return self.name.removesuffix(self.size.named("")) if self.size else self.name

    @property
    def observations(self) -> int | None:
        """Return how many observations a request has; None where the data folder says."""
        return 1 if self.method is Method.PREDICT else self.rows

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

    `agree_within` is the relative difference in CPU time per response of two chunks that ends it;
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
    does not train, `sizes` where its models are not generated. `question` is what its report
    answers, None where it asks nothing. `profiler` says whether each server is sampled by
    profilers, once. `interference` says which trials are disturbed, and run again.
    `counters` asks for context switches and instructions per request.
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
    question: Question | None = None
    sizes: Sizes | None = None
    profiler: bool = False
    interference: InterferenceRule = NO_REPEATS
    counters: bool = False

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

    @property
    def generators(self) -> tuple[str, ...]:
        """Return the load generators of all scenarios, by name."""
        return tuple(sorted({scenario.generator for scenario in self.scenarios.values()}))

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
