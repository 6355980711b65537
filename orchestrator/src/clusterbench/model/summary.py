"""All that summary.json holds, as data. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clusterbench.model.cell_summary import CellSummary, Comparison, ContenderSummary
from clusterbench.model.claim_result import ClaimResult
from clusterbench.model.experiment import Bytes, RequestsPerSecond, Seconds
from clusterbench.model.training_summary import TrainingSummary


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
class Memory:
    """A server's memory (bytes) around an overload.

    `start` is warm and before it, `end` after the normal load that followed it.
    """

    start: Bytes
    peak: Bytes
    end: Bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Overloaded:
    """What an overload, and a pause in the middle of it, did to a server.

    `normal` and `after` are responses per second under normal load, before the overload and after
    it. `seconds` are the responses in each whole second of the overload: 0 is the second that
    begins with the pause, -1 the one before it. `again` is how long after the pause the first
    response came, `back` how long until half a second had 90% of `normal` again (s); None where
    that did not happen. `errors` are by status, of the whole overload. `server_share` and
    `generator_share` are how busy each side's CPUs were in overload before the pause (1.0 is
    full); None where the generator ended before.
    """

    contender: str
    scenario: str
    level: int
    normal: RequestsPerSecond
    seconds: Mapping[int, RequestsPerSecond]
    again: Seconds | None
    back: Seconds | None
    after: RequestsPerSecond
    memory: Memory
    errors: Mapping[str, int]
    server_share: float | None = None
    generator_share: float | None = None


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
    recovery: tuple[Overloaded, ...] = ()
    format: int = 1
