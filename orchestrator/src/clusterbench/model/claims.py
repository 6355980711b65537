"""The published claims and figures, as data. No I/O here.

`config/claims_file.py` reads them from claims.toml and data/published/, run.json keeps those in
force, and `measure/judge_claims.py` judges them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Subject(StrEnum):
    """What a claim is about."""

    THROUGHPUT = "throughput"
    LATENCY = "latency"
    ERRORS = "errors"
    TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What measures a claim here.

    Scenarios by name, in the order in which they are preferred: `as_published`, as it was run;
    `sweep`, by the reference method, by levels; `saturated`, by it too, of servers that h2load
    saturates. For training, groups of comparisons likewise (`saturated` is then empty). `command`
    is what would measure it.
    """

    as_published: tuple[str, ...] = ()
    sweep: tuple[str, ...] = ()
    saturated: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Who is said to do better, and than whom."""

    better: str
    than: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row: that `better` does better than each of `than`, by `times` where a factor is claimed.

    Contenders are named as published; of training, `better` and `than` are those of the current
    edition, and `editions` names those of the others. Levels are those that the claim is about.
    `published` says the published figure in words. A ratio within `tolerance` (0.25: from
    times / 1.25 to times x 1.25) of the claimed one counts as it; a latency ratio within
    `repeats_within` of the throughput ratio of the same cells repeats it. `minimum_levels` are the
    fewest of the levels that must have been measured.
    """

    id: str
    claim: str
    subject: Subject
    better: str
    than: tuple[str, ...]
    published: str
    times: float | None = None
    percentile: str | None = None
    levels: tuple[int, ...] = ()
    minimum_levels: int = 1
    tolerance: float = 0.0
    repeats_within: float = 0.0
    sources: Sources = Sources()
    editions: Mapping[str, Sides] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One of the 36 published summaries, as ghz printed it: counts, requests/s, ms."""

    contender: str
    concurrency: int
    count: int
    ok: int
    not_ok: int
    total_s: float
    rps: float
    average_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The claims that a run is judged by, and the published figures that it stands beside."""

    claims: tuple[Claim, ...] = ()
    published: tuple[Published, ...] = ()
    host: str = ""
