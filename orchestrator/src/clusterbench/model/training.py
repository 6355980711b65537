"""The nouns of training, as data: its settings, its passes, what is kept of them. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clusterbench.model.units import Seconds

#: The groups of benchmarks, in the order in which they are shown.
EQUAL_WORK, DEFAULTS = "equal-work", "defaults"
TEN_RESTARTS, AS_PUBLISHED = "ten-restarts-against-one", "as-published"
GROUPS = (EQUAL_WORK, DEFAULTS, TEN_RESTARTS, AS_PUBLISHED)
#: The axes along which time grows, and the groups that show it.
AXES = ("points", "features", "clusters")


def scaling_group(axis: str) -> str:
    """Name the group in which one axis grows."""
    return f"scaling-{axis}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The shape of one data set: observations, numbers in each, clusters."""

    points: int
    features: int
    clusters: int

    def __str__(self) -> str:
        return f"{self.points:,} x {self.features}, {self.clusters} clusters"

    @property
    def bytes(self) -> int:
        """Return the size of the observations (bytes)."""
        return self.points * self.features * 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Along which sizes each axis grows, one at a time, in the first `passes` passes.

    A fit has `max_iter` iterations at most: it is the time of one that is looked at. Data of
    more than `largest` bytes is left out.
    """

    points: tuple[int, ...]
    features: tuple[int, ...]
    clusters: tuple[int, ...]
    passes: int
    max_iter: int
    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What the training benchmark does, resolved.

    `threads` are `one` and `all` (of the CPU set). `groups` maps a group to its contenders,
    `images` a service of compose.yaml to the contenders that it can run. A contender is called
    `rounds` times in each pass. `iterations_apart` and `inertia_apart` bound equal work.
    """

    form: str
    shape: Shape
    spread: float
    seed: int
    max_iter: int
    tolerance: float
    passes: int
    rounds: int
    threads: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    images: Mapping[str, tuple[str, ...]]
    scaling: Scaling
    iterations_apart: int
    inertia_apart: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One benchmark of a pass: a contender, in a group, on data of one shape."""

    group: str
    contender: str
    shape: Shape
    max_iter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One start of one image: its benchmarks in their order, with so many threads."""

    number: int
    image: str
    threads: int
    jobs: tuple[Fit, ...]

    @property
    def key(self) -> tuple[int, str, int]:
        """Return what identifies it among the others."""
        return (self.number, self.image, self.threads)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRecord:
    """One pass as training.json keeps it.

    `set` are the CPUs that it was pinned to; `result` is pytest-benchmark's JSON as it was
    written, or None where the pass failed, for the `reason`. It took `seconds`, and CPU quotas held
    it back for `throttled` (s, over all CPUs).
    """

    number: int
    image: str
    set: str
    threads: int
    contenders: tuple[str, ...]
    result: Mapping[str, Any] | None
    reason: str | None = None
    seconds: Seconds = Seconds(0.0)  # noqa: RUF009 - a number with a unit
    throttled: Seconds = Seconds(0.0)  # noqa: RUF009 - a number with a unit

    @property
    def key(self) -> tuple[int, str, int]:
        """Return what identifies it among the others."""
        return (self.number, self.image, self.threads)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecord:
    """training.json: each pass that was run, of how many, and what was left out and why.

    `software` says what trained, by image: what identifies it, and versions.
    """

    passes: tuple[PassRecord, ...] = ()
    planned: int = 0
    left_out: tuple[str, ...] = field(default=())
    software: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    format: int = 1

    @property
    def complete(self) -> bool:
        """Return whether every planned pass was run, or failed."""
        return len(self.passes) >= self.planned
