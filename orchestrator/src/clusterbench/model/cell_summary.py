"""What measuring gives of a trial, a cell, a contender and a pair, as data. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clusterbench.model.check import Check
from clusterbench.model.footprint import Footprint
from clusterbench.model.interval import Estimate
from clusterbench.model.trial import Cell, Limit
from clusterbench.model.units import RequestsPerSecond, Seconds

#: The latency percentiles, by the name under which they are kept. p99.9 needs P999_NEEDS responses.
PERCENTILES: Mapping[str, float] = {
    "p50": 50.0,
    "p90": 90.0,
    "p95": 95.0,
    "p99": 99.0,
    "p99.9": 99.9,
}
P999_NEEDS = 10_000

#: From this share of the latency's p99 on, the send delay's p99 is a large part of it.
LARGE_DELAY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One trial's window in numbers.

    `throughput`: responses with status OK that end in the window, per second of it.
    `latency`: `mean`, PERCENTILES and `max` (s) of the requests that start in the window and are
    OK; empty where the generator cut requests off or there was no response.
    `errors`: responses by status name, other than OK, that end in the window.
    `send_delay`: of an open loop, how much later than due the requests of `latency` left the
    generator (s), by the same names; empty where this is not known. `held_back_for`: likewise how
    long the server's limits of streams or windows kept them there.
    `sent_share`: of an open loop, the share of the requests due in the window that left the
    generator at all; None where this is not known.
    `truncated`: the generator listed only its first requests, see docs/method.md.
    `drift`: by which share the throughput (open loop: the median latency) went up or down within
    the window, 0.0 where that is no trend; None where this is not known.
    `pause`: for how long no request ended within the window, None where that is no pause, or not
    known.
    """

    throughput: RequestsPerSecond
    latency: Mapping[str, Seconds]
    responses: int
    errors: Mapping[str, int]
    truncated: bool = False
    send_delay: Mapping[str, Seconds] = field(default_factory=dict)
    held_back_for: Mapping[str, Seconds] = field(default_factory=dict)
    sent_share: float | None = None
    drift: float | None = None
    pause: Seconds | None = None

    @property
    def failed(self) -> int:
        """Return how many responses were errors."""
        return sum(self.errors.values())

    @property
    def error_rate(self) -> float:
        """Return errors / (errors + OK responses)."""
        return self.failed / (self.failed + self.responses) if self.failed else 0.0

    @property
    def delayed(self) -> bool:
        """Return whether the generator's own send delay is a large part of the latency."""
        delay, latency = self.send_delay.get("p99", 0.0), self.latency.get("p99", 0.0)
        return delay > LARGE_DELAY * latency


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary:
    """A cell over all rounds.

    `server_share` and `generator_share` are shares of their CPU sets, or of what a quota leaves of
    them (1.0 is full), `cpu_per_request` is server CPU-seconds per OK response. `lower_bound` says
    that the generator was the limit in most trials, or that a CPU quota throttled one, so that
    throughput is a lower bound. `held_back` is the
    concurrency that the server's bound on streams let through, where less than the level.
    `failures` are the reasons of failed trials. Estimates are None when no trial succeeded.
    `responses` are the OK ones of all trials, `most_errors` the errors of the trial with the most.
    `checks` is how many OK responses of the trials' whole loads were checked how; of those,
    `responses_checked` were compared with the right ones, each; None where none was.
    `rate` is what the schedule asked for (requests/s), of an open loop. `interference` is the
    largest share of a side's CPUs that others had in one of the trials, None where this is not
    known; `disturbed` is in how many of them it was enough to move figures. `repeated` is how many
    were run again for that: these are the quietest. `pressure` is the largest share of the time in
    which some task of a side waited for a CPU, None where this is not known.
    `send_delay` is the generator's own part of `latency`, of an open loop, and `held_back_for` what
    the server's limits of streams or windows kept requests there. `delayed` says that the send
    delay was a large part in one of the trials, and `run_delay` in which share of the time others
    had the generator's CPU in the worst of those (None where this is not known). `doubts` are why
    the generator itself doubted some.
    `drifting` is in how many trials the level went up or down within the window, and `drift` by
    which share in the worst of them. `unsettled` is how many trials are of a turn whose warm-up
    ended before two of its chunks agreed. `paused` is in how many trials no request ended for so
    long that it is a pause, and `pause` how long that was in the worst of them (s).
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
    responses_checked: int | None = None
    checks: Mapping[Check, int] = field(default_factory=dict)
    send_delay: Mapping[str, Estimate] = field(default_factory=dict)
    held_back_for: Mapping[str, Estimate] = field(default_factory=dict)
    delayed: bool = False
    run_delay: float | None = None
    doubts: tuple[str, ...] = ()
    rate: Estimate | None = None
    interference: float | None = None
    disturbed: int = 0
    repeated: int = 0
    pressure: float | None = None
    drifting: int = 0
    drift: float | None = None
    unsettled: int = 0
    paused: int = 0
    pause: Seconds | None = None

    @property
    def cell(self) -> Cell:
        """Return whose summary it is."""
        return Cell(contender=self.contender, scenario=self.scenario, level=self.level)

    @property
    def failed(self) -> int:
        """Return how many responses were errors."""
        return sum(self.errors.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderSummary:
    """A contender over all its turns.

    `worker_shares` are its workers' shares of the requests of a turn, the busiest first in each
    turn; empty where it has one worker, or did not say. `unevenness` is the busiest one's share
    times the workers: 1.0 is even. `no_pressure` is why it is not known for how long
    its tasks waited for a CPU; "" where it is.
    """

    name: str
    title: str
    turns: int
    footprint: Footprint
    warm_turns: int
    failures: tuple[str, ...] = ()
    worker_shares: tuple[Estimate, ...] = ()
    unevenness: Estimate | None = None
    no_pressure: str = ""


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

    Paired by round. `bound` is `>=` where the generator or a CPU quota limited the numerator alone,
    `<=` where the denominator alone, `unknown` where both, else "".
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

    @property
    def rounds(self) -> int:
        """Return how many rounds have a figure of both."""
        return len(self.ratio.rounds)
