"""What `compare` was asked: two contenders, how each slice loads them, and when it is enough."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clusterbench.model.contender import Contender
from clusterbench.model.experiment import Method
from clusterbench.model.units import RequestsPerSecond, Seconds


class Arm(StrEnum):
    """Arm of the comparison: the contender that is compared against, or the other."""

    BASELINE = "baseline"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceLoad:
    """How a slice loads a server, over `connections` that stay open.

    Either a `rate` is kept (open loop, requests per second) or a `concurrency` (closed loop). With
    neither the rate is `share` of what the slower of both serves when it is saturated, found once
    before the first pair.
    """

    method: Method = Method.PREDICT
    connections: int = 8
    rate: RequestsPerSecond | None = None
    concurrency: int | None = None
    share: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePlan:
    """What is compared, in how many slices, and when it is enough.

    A block is `pairs` pairs of slices of one instance of each contender, `slice` seconds each.
    There are `least_blocks` at least. It is enough when the intervals of all decisive metrics are
    within +/- `precision` of their values (a share) or a quarter of the change, and over when
    `budget` seconds have passed or `most_blocks` were measured. A change for the worse of
    `fail_over` or more (a share) that is beyond noise fails; None lets nothing fail. `metrics` are
    the names of those that decide.
    """

    baseline: Contender
    candidate: Contender
    load: SliceLoad
    slice: Seconds = Seconds(0.2)  # noqa: RUF009 - a number with a unit
    pairs: int = 20
    least_blocks: int = 6
    most_blocks: int = 40
    precision: float = 0.025
    fail_over: float | None = None
    budget: Seconds = Seconds(180.0)  # noqa: RUF009 - a number with a unit
    metrics: tuple[str, ...] = ()
    seed: int = 1

    def contender(self, arm: Arm) -> Contender:
        """Return the contender of an arm."""
        return self.baseline if arm is Arm.BASELINE else self.candidate
