"""What a run records, as data: run.json and the lines of trials.jsonl. No I/O here.

msgspec writes and reads these classes as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clusterbench.model.capacity import FoundCapacity
from clusterbench.model.check import Check
from clusterbench.model.claims import InForce
from clusterbench.model.counts import CounterRecord
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.experiment import Experiment
from clusterbench.model.profile import ProfileRecord
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds

#: The format of a run folder. It rises when a reader of older folders would err.
FORMAT = 2

#: How far a side's CPU time may be over what its CPUs have: a share of it, and so many seconds
#: on each CPU, since the kernel charges what runs in steps of its clock.
_INEXACT, _TICKS = 0.05, 0.02


class Outcome(StrEnum):
    """How a turn or a trial ended."""

    OK = "ok"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SideUsage:
    """What one side (server or generator) used within the window, by the kernel's counters.

    `cpu` CPU-seconds were used in `seconds` seconds; `cpus` is how many CPUs its CPU set has.
    `quota` is the least CPU quota over it (in CPUs), None where there is none; `throttled` is how
    long quotas held it back, over all of its CPUs (s). `interference` is the share of its CPUs'
    time that neither side had: other processes, or other machines on the host (steal). `pressure`
    is the share of the time in which some of its tasks waited for a CPU, whoever had it (PSI). Each
    is None where this is not known; a turn's `unknown` says why there is no `cpu_pressure`.
    """

    cpu: Seconds
    seconds: Seconds
    cpus: int
    quota: float | None = None
    throttled: Seconds = Seconds(0.0)  # noqa: RUF009 - a number with a unit
    interference: float | None = None
    pressure: float | None = None

    @property
    def capacity(self) -> float:
        """Return how many CPUs it could fill: those of its set, or what a quota leaves of them."""
        return self.cpus if self.quota is None else min(self.cpus, self.quota)

    @property
    def share(self) -> float:
        """Return the share of its capacity that was busy: 1.0 is full.

        Never more: the little that is over comes of a quota's periods, and of counters that are
        not read at one moment. More than that is `beyond_cpus`.
        """
        return min(1.0, self.cpu / (self.seconds * self.capacity))

    @property
    def beyond_cpus(self) -> bool:
        """Return whether it used more CPU time than its CPUs have: it ran on others too."""
        most = self.seconds * self.cpus
        return self.cpu > most * (1 + _INEXACT) + _TICKS * self.cpus


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRecord:
    """One load of a trial that has several: that of a kind such as overload.

    `throughput` is of its window. `rate` is what its schedule asked for (requests/s), `latency`
    and `send_delay` are its percentiles (s) and `errors` its responses other than OK, where the
    kind searches for a rate. `interference` is the larger of both sides'. `memory` and
    `peak_memory` are the server's at its last reading (bytes). `paused` and `resumed` say when the
    server was paused and went on (s after the first request), where it was.
    """

    name: str
    seconds: Seconds
    throughput: RequestsPerSecond
    memory: Bytes | None = None
    peak_memory: Bytes | None = None
    paused: Seconds | None = None
    resumed: Seconds | None = None
    rate: RequestsPerSecond | None = None
    latency: Mapping[str, Seconds] = field(default_factory=dict)
    send_delay: Mapping[str, Seconds] = field(default_factory=dict)
    errors: int = 0
    interference: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """A line of trials.jsonl: one trial, done or failed.

    `steps` says where its time went (s): `window`, `dropped` (the load that does not count),
    `collect` (waiting for the requests in flight and reading what the generator wrote); or
    `failed`, all of one that failed. `parts` are the loads of a trial that has several.
    `summary_counts` are all responses by status name as the generator counted them, also those
    that it did not list one by one. `held_back` is the concurrency that the server's bound on
    streams let through, where that is less than the level. `checked_by` is how the generator knew
    that the responses of its whole load were right, and `responses_checked` how many it compared
    with the right ones, each; None where it compares none. `response_bytes_ok` is set for h2load
    alone, which does not look at statuses: whether the responses had the size of right ones.
    `doubts` is why the generator itself says that its figures are not to be trusted. `run_delay` is
    the share of the window in which the generator's threads were ready to run and others had their
    CPUs; None where it does not tell. `rate` is what the schedule asked for (requests/s),
    of an open loop. `capacity` is what a search for one found. `repeats` is the id of the trial
    that was disturbed, and that this one is run again for.
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
    checked_by: Check | None = None
    responses_checked: int | None = None
    response_bytes_ok: bool | None = None
    doubts: tuple[str, ...] = ()
    run_delay: float | None = None
    parts: tuple[PartRecord, ...] = ()
    rate: RequestsPerSecond | None = None
    capacity: FoundCapacity | None = None
    repeats: str | None = None


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

    `requests` that it answered or refused, `cpu_seconds` that it used, `connections` that it took
    (None where the server does not count them).
    """

    requests: int
    cpu_seconds: Seconds
    connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """A line of trials.jsonl: one turn, after its last trial.

    `steps` says where its time went apart from its trials (s): the server's `create`, `start`,
    `serving` (until gRPC health says so) and `first_response`; `parity`, `generator` (its home
    made), `warm_up`, `stop`, `other`. `warm_up` is each chunk's throughput (responses/s), and
    `warm` whether the last two agreed. `startup` is the server's first log event: versions,
    thread pools, model.
    `idle_memory` is what the server used before any load (bytes), without file pages.
    `peak_memory` is the kernel's high-water mark (bytes), or the largest seen where the kernel
    keeps none (`peak_memory_source`: `kernel` or `sampled`). The mark has file pages in it, which
    `peak_without_files` leaves out. `image_size` is that of the image that ran (bytes). `unknown`
    says of figures that are None why. `workers` is what each worker did,
    in the server's order; empty where the server did not say, or did not live to say it.
    `counters` and `profile` are what was counted and what profilers gave after the last trial, None
    where they were not asked for.
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
    startup: Mapping[str, Any] = field(default_factory=dict)
    idle_memory: Bytes | None = None
    peak_memory: Bytes | None = None
    peak_memory_source: str = ""
    peak_without_files: Bytes | None = None
    image_size: Bytes | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
    workers: tuple[WorkerShare, ...] = ()
    profile: ProfileRecord | None = None
    counters: CounterRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What the figures depend on.

    `host` (CPU, memory, kernel, governor, SMT), `engine` (how things ran, its versions),
    `images` (service -> image id, or build digest of a process), `software` (what -> version).
    Kept, but not compared: `load`, the load average when the run began, and `digests` (service ->
    REPOSITORY@DIGEST), what a registry calls an image that was pulled from it or pushed to it.
    """

    host: Mapping[str, str]
    engine: Mapping[str, str]
    images: Mapping[str, str]
    software: Mapping[str, Mapping[str, str]]
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """run.json: written once, first. `format` is that of the whole run folder.

    `asked` is what the command line changed in the profile, so that resuming need not say it
    again; `commands` are what repeats the run. `warnings` is what `doctor` found that would spoil
    figures. `left_out` says of each contender and generator that could not run here why.
    `claims` are those in force. `commit` is that of the lab's repository, with `-dirty` where files
    differed from it; None where it is not known.
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
    claims: InForce = field(default_factory=InForce)
    commit: str | None = None
    format: int = FORMAT
