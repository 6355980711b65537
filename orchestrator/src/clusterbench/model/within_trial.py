"""What went on within the trials of a cell: its curve of percentiles, and its windows by time."""

from __future__ import annotations

from dataclasses import dataclass

from clusterbench.model.trial import Cell, Limit
from clusterbench.model.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A percentile of latency (s): `beyond` is the share of responses above it, 0.01 of p99.

    `value` is over rounds, `low` and `high` are those of the lowest and the highest round.
    """

    beyond: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A time within a window in which no request ended: from `at`, for `seconds` (s)."""

    at: Seconds
    seconds: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A window in parts of equal length: three figures of each.

    `throughput` is of the OK responses that end in a part (per second), `p99` of the OK requests
    that start in it (s), and `failed` are the requests that end in it with another status. A
    figure is None where it is not known; a `p99` also where too few requests start in the part.
    """

    throughput: tuple[float | None, ...]
    p99: tuple[float | None, ...]
    failed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundWithin:
    """A trial's course, with what the run found of it.

    `drift` is None where its level went neither up nor down, `stop` where it had no pause,
    `disturbed` (the share of a side's CPUs that others had) where that was little.
    """

    round: int
    course: Course
    drift: float | None = None
    stop: Stop | None = None
    disturbed: float | None = None
    limit: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellWithin:
    """What went on within the trials of a cell.

    `edges` are those of the parts, in seconds from the window's begin; `curve` is of all rounds
    that have latencies, in order, and ends where one of them has too few responses.
    """

    cell: Cell
    edges: tuple[float, ...]
    curve: tuple[CurvePoint, ...]
    rounds: tuple[RoundWithin, ...]

    @property
    def width(self) -> float:
        """Return how long a part is (s)."""
        return self.edges[1] - self.edges[0]

    @property
    def middles(self) -> tuple[float, ...]:
        """Return the middle of each part, in seconds from the window's begin."""
        return tuple((a + b) / 2 for a, b in zip(self.edges, self.edges[1:], strict=False))
