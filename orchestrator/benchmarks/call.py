"""What a call to time is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clusterbench.measure.call_costs import Goal

#: A function, and the arguments to call it with.
Prepared = tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: `prepare` returns the function and its arguments, outside of what is timed.

    `reference` marks the group's one that the others are compared with: what is kept, or linfa
    alone; `goal` is held against that comparison. Where `rounds` is given it is called so often
    in a turn, without a warm-up, and else as pytest-benchmark sees fit. `timer` is the clock to
    time it with where that is not pytest-benchmark's own.
    """

    group: str
    name: str
    prepare: Callable[[], Prepared]
    reference: bool = False
    goal: Goal | None = None
    rounds: int | None = None
    timer: Callable[[], float] | None = None
