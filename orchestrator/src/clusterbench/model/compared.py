"""What `compare` found: an estimate and a verdict per metric. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clusterbench.model.compare_plan import Arm
from clusterbench.model.interval import Estimate
from clusterbench.model.units import RequestsPerSecond


class CompareVerdict(StrEnum):
    """What an interval says of a change."""

    FASTER = "better"
    """The whole interval is on the better side of no change."""
    SLOWER = "worse"
    """The whole interval is on the worse side of no change."""
    NO_DIFFERENCE = "no difference"
    """The interval holds no change, and lies within the precision that was asked for."""
    TOO_NOISY = "too noisy to say"
    """The interval holds no change, and is wider than that."""
    NOT_COMPARED = "not compared"
    """There are no figures of both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricResult:
    """One metric: how many times the baseline's the candidate's is, and what that says.

    `ratio.rounds` has a figure per block. `low` and `high` of `ratio` are the interval that the
    verdict stands on: where several metrics decide, it is as wide as Holm's procedure has it.
    `baseline` and `candidate` are typical figures in `unit` (medians over blocks). `slice_spread`
    and `instance_spread` are the standard deviations of one pair's and of one block's log ratio,
    the latter without what the former adds to it; None where they cannot be told apart.
    `fails` says that it is worse by more than was allowed.
    """

    name: str
    title: str
    unit: str
    decides: bool
    verdict: CompareVerdict
    ratio: Estimate | None = None
    baseline: float | None = None
    candidate: float | None = None
    slice_spread: float | None = None
    instance_spread: float | None = None
    fails: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearlyFull:
    """An instance whose slices asked for nearly as much as it served when it was saturated.

    `block` counts from 0. `rate` is that of its slices, `saturated` its throughput at the end of
    its warm-up.
    """

    block: int
    arm: Arm
    rate: RequestsPerSecond
    saturated: RequestsPerSecond


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What was found, and on how much: `blocks` and `pairs` that count.

    `disturbed` pairs were measured again or are marked, `seconds` is how long it all took.
    `reached` says that the precision was reached before the budget was over. `nearly_full` are the
    instances whose response times are partly those of a queue.
    """

    metrics: tuple[MetricResult, ...]
    blocks: int
    pairs: int
    disturbed: int
    seconds: float
    reached: bool
    nearly_full: tuple[NearlyFull, ...] = ()

    @property
    def fails(self) -> bool:
        """Return whether any deciding metric is worse by more than was allowed."""
        return any(each.fails for each in self.metrics if each.decides)

    @property
    def verdict(self) -> CompareVerdict:
        """Return what is said in one word: the worst that any deciding metric says."""
        said = {each.verdict for each in self.metrics if each.decides}
        order = (
            CompareVerdict.NOT_COMPARED, CompareVerdict.SLOWER, CompareVerdict.TOO_NOISY,
            CompareVerdict.FASTER, CompareVerdict.NO_DIFFERENCE,
        )  # fmt: skip
        return next((each for each in order if each in said), CompareVerdict.NOT_COMPARED)
