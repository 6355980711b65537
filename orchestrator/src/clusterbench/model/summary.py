"""What measuring gives, as data: what summary.json holds and what `report/` shows. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clusterbench.model.experiment import Limit, RequestsPerSecond, Seconds

#: The latency percentiles, by the name under which they are kept. p99.9 needs 10,000 answers.
PERCENTILES: Mapping[str, float] = {
    "p50": 50.0,
    "p90": 90.0,
    "p95": 95.0,
    "p99": 99.0,
    "p99.9": 99.9,
}
P999_NEEDS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One trial's window in numbers.

    `throughput`: answers with status OK that end in the window, per second of it.
    `latency`: `mean`, PERCENTILES and `max` (s) of the calls that start in the window and are
    answered OK; empty where the generator cut calls off or nothing was answered.
    `errors`: answers by status name, other than OK, that end in the window.
    `error_rate`: errors / (errors + OK responses) in the window.
    `in_flight_at_end`: calls that start in the window and end after it; never errors.
    `truncated`: the generator listed only its first calls, see docs/method.md.
    """

    throughput: RequestsPerSecond
    latency: Mapping[str, Seconds]
    responses: int
    errors: Mapping[str, int]
    error_rate: float
    in_flight_at_end: int
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A point with its 95% interval over rounds, and each round's figure.

    `low` and `high` are None where there is one round only: nothing is known of the spread.
    """

    value: float
    low: float | None
    high: float | None
    rounds: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary:
    """A cell over all rounds.

    `server_share` and `generator_share` are shares of their CPU sets (1.0 is full),
    `cpu_per_request` is server CPU-seconds per OK answer. `lower_bound` says that the generator was
    the limit in most trials, so that throughput is a lower bound. `held_back` is the
    concurrency that the server's bound on streams let through, where less than the level.
    `failures` are the reasons of failed trials. Estimates are None when no trial succeeded.
    `answers` are the OK ones of all trials, `most_errors` the errors of the trial with the most.
    """

    contender: str
    scenario: str
    level: int
    connections: int
    trials: int
    throughput: Estimate | None
    latency: Mapping[str, Estimate]
    error_rate: Estimate | None
    errors: Mapping[str, int]
    server_share: Estimate | None
    generator_share: Estimate | None
    cpu_per_request: Estimate | None
    limit: Limit | None
    lower_bound: bool
    held_back: int | None
    truncated: bool
    failures: tuple[str, ...] = ()
    responses: int = 0
    most_errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderSummary:
    """A contender over all its turns: memory (bytes), start to first healthy answer (s).

    `worker_shares` are its workers' shares of the calls of a turn, the busiest first in each turn;
    empty where it has one worker, or did not say. `unevenness` is the busiest one's share times
    the workers: 1.0 is even.
    """

    name: str
    title: str
    turns: int
    peak_memory: Estimate | None
    peak_memory_source: str
    start: Estimate | None
    warm_turns: int
    failures: tuple[str, ...] = ()
    worker_shares: tuple[Estimate, ...] = ()
    unevenness: Estimate | None = None


class Pairing(StrEnum):
    """Who is compared.

    Contenders of one process and the current edition; one with its own of 2019; those of 2019;
    one worker per core with one process; and those of one worker per core.
    """

    ONE_PROCESS = "one process"
    SINCE_2019 = "since 2019"
    OF_2019 = "of 2019"
    GAIN = "gain"
    PER_CORE = "per core"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many times the throughput of `denominator` `numerator` has, in one scenario and level.

    Paired by round. `bound` is `>=` where the generator limited the numerator alone,
    `<=` where it limited the denominator alone, `unknown` where it limited both, else "".
    A `GAIN` is of one worker per core over the same with one process; `per_worker` is that over the
    number of workers, None where the one process saturated the server's CPUs somewhere in the run:
    it uses all cores by itself.
    """

    numerator: str
    denominator: str
    scenario: str
    level: int
    ratio: Estimate
    bound: str = ""
    pairing: Pairing = Pairing.ONE_PROCESS
    per_worker: Estimate | None = None


class Verdict(StrEnum):
    """What became of a published claim: docs/claims.md has the rules."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    NOT = "does not hold"
    ARTEFACT = "artefact of the method"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFigure:
    """One measurement of a claim, of one edition, in one run.

    `ratio` is how many times better (throughput, or 1 / latency, or 1 / time), over all levels,
    and `by_level` at each (by threads for training); `bound` as in a Comparison. For claims about
    errors `ratio` is None, and `shares` are errors / calls by contender. `source` is the
    scenario, or the group of training.
    """

    run: str
    source: str
    contenders: tuple[str, ...]
    ratio: Estimate | None = None
    bound: str = ""
    by_level: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """A published claim, judged: a row of the claims table.

    `as_published` is measured as it was run, `properly` the lab's way, by edition (`current`,
    `2019`); what was not measured is not there.
    """

    id: str
    claim: str
    published: str
    verdict: Verdict
    reason: str
    as_published: ClaimFigure | None = None
    reference: Mapping[str, ClaimFigure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """One contender's training times in one group, on data of one shape, with so many threads.

    `time` (s) is what one call takes, with its interval over passes. `iterations` is the median
    over passes (summed over restarts where a library does not tell them apart), `inertia` the
    mean, recomputed from the centroids; None where the library gives no way to know.
    `time_per_iteration` (s) is paired by pass. `equal` says whether iterations and inertia agree
    with scikit-learn's on the same data within the bounds; None where no equality is claimed.
    An `addition` is no part of the published comparison; `note` says what else differs.
    """

    group: str
    contender: str
    edition: str
    threads: int
    points: int
    features: int
    clusters: int
    n_init: int | None
    time: Estimate
    iterations: float | None
    inertia: float | None
    time_per_iteration: Estimate | None
    equal: bool | None
    addition: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingComparison:
    """How many times as long as `denominator` `numerator` takes, paired by pass.

    Above 1, the denominator is the faster. Both ran on the same data, with as many threads.
    """

    group: str
    numerator: str
    denominator: str
    threads: int
    points: int
    features: int
    clusters: int
    ratio: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSlope:
    """How the time of an iteration grows along one axis: time ~ size ** slope.

    By least squares on logarithms over the sizes; the interval is that of the regression, and
    its `rounds` are the slopes of each pass. `axis` is `points`, `features` or `clusters`.
    """

    group: str
    contender: str
    threads: int
    axis: str
    sizes: tuple[int, ...]
    slope: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
    """What training.json holds, in numbers. `passes` counts those with a figure.

    `iterations_apart` and `inertia_apart` (relative) are the bounds of `TrainingRow.equal`;
    `left_out` says what was not run, and why; `software` what trained, by image.
    """

    passes: int
    rows: tuple[TrainingRow, ...]
    comparisons: tuple[TrainingComparison, ...]
    slopes: tuple[TrainingSlope, ...]
    iterations_apart: int
    inertia_apart: float
    complete: bool
    left_out: tuple[str, ...] = ()
    software: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpent:
    """Where a run's wall time went (s).

    `warm_up` includes each trial's dropped first second and margin; `other` is the rest, by
    step in `steps`. `share_other` is other / wall.
    """

    wall: Seconds
    window: Seconds
    warm_up: Seconds
    other: Seconds
    share_other: float
    steps: Mapping[str, Seconds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All that summary.json holds."""

    run: str
    profile: str
    cells: tuple[CellSummary, ...]
    contenders: tuple[ContenderSummary, ...]
    comparisons: tuple[Comparison, ...]
    time: TimeSpent
    complete: bool
    claims: tuple[ClaimResult, ...] = ()
    training: TrainingSummary | None = None
    format: int = 1
