"""What a results folder says over time: ratios between contenders, run by run. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass

from clusterbench.model.interval import Estimate

#: The metrics that a history has, by their names in `measure.metrics`.
HISTORY_METRICS = ("cpu", "throughput")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """A ratio in one run: `created` is when the run began (UTC, ISO 8601).

    `commit` is that of the lab's repository, None where it is not known. `bound` says what the
    ratio bounds, as a Comparison's does.
    """

    run: str
    created: str
    commit: str | None
    ratio: Estimate
    bound: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """From the run `run` on the ratio is another: `before` and `after` are the levels around it.

    `change` is after / before with its interval, by the runs on both sides.
    """

    run: str
    commit: str | None
    before: float
    after: float
    change: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySeries:
    """How many times the figure of `denominator` that of `numerator` is, over runs of one host.

    `host` is the digest of the fingerprint's host and engine, `where` that in words, with the CPU
    plan. `metric` is a name of `measure.metrics`. `points` are in the order of time. `changes` are
    empty where none was found; `why` says why none was looked for, and is empty where it was.
    """

    host: str
    where: str
    scenario: str
    level: int
    numerator: str
    denominator: str
    metric: str
    points: tuple[HistoryPoint, ...]
    changes: tuple[ChangePoint, ...] = ()
    why: str = ""
