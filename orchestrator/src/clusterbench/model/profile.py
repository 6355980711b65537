"""What was seen of a server's CPU time by profilers, in one window that is not measured. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRecord:
    """That profilers sampled a turn's server after its last trial, and under which load.

    `scenario` and `level` are the load that saturated it. `samples` is how many samples each
    profiler gave; the stacks are in the run folder. `lacking` says of each other one that suits
    the server why it gave none.
    """

    scenario: str
    level: int
    samples: Mapping[str, int] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
