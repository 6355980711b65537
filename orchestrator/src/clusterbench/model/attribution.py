"""Where a server's CPU time per request goes, as two ways show it. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clusterbench.model.interval import Estimate
from clusterbench.model.units import Seconds


class Spent(StrEnum):
    """What CPU time is spent on, in the order in which it is drawn."""

    KERNEL = "kernel and network"
    FRAMEWORK = "gRPC framework"
    DECODING = "decoding"
    MODEL = "model"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A frame in a tree of stacks: its share of all CPU time (1.0 is all), and what it called.

    `spent` is what most of it is spent on.
    """

    name: str
    share: float
    spent: Spent
    calls: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderCosts:
    """A contender's CPU time per request (s) where it is saturated, and what it is made of.

    `profile` is by class, as profilers saw it in one window; its intervals are those of sampling
    alone. Empty where there were none, and `lacking` says why. `samples` are how many each
    profiler gave; `tree` is their stacks. `noop` is the same server's no-op handler, and
    `noop_cpu` its CPU time per request: kernel, framework and decoding. `model_call` is what is
    left of `cpu` then.
    """

    contender: str
    scenario: str
    level: int
    cpu: Estimate
    profile: Mapping[Spent, Estimate] = field(default_factory=dict)
    samples: Mapping[str, int] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    tree: tuple[Node, ...] = ()
    noop: str | None = None
    noop_cpu: Estimate | None = None
    model_call: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the difference in CPU time per request (s) between two contenders is made of.

    `ratio` is that of `more` over `less`. `by_profile` is by class, `by_noop` of what a no-op
    handler costs and of the call into the model; each is empty where one of the two lacks it.
    """

    more: str
    less: str
    ratio: float
    total: Seconds
    by_profile: Mapping[Spent, Seconds] = field(default_factory=dict)
    by_noop: Mapping[str, Seconds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Where CPU time goes, contender by contender, and the largest difference between two."""

    contenders: tuple[ContenderCosts, ...]
    difference: Difference | None = None
