"""Folded stacks of profilers -> what share of a server's CPU time is spent on what. Pure.

perf samples what runs on CPUs, so its samples are shares of CPU time. Of Python code it sees the
interpreter alone: that share is divided as py-spy's samples of running Python code are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

from clusterbench.measure.estimates import CONFIDENCE
from clusterbench.measure.frame_classes import Undecided, decided
from clusterbench.model.attribution import Spent
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator

PERF, PY_SPY = "perf", "py-spy"
Stack = tuple[str, ...]
#: With fewer samples of running Python code than this, they divide nothing.
FEWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Shares of CPU time (1.0 is all), by what it is spent on, and of each stack.

    The intervals are those of drawing so many samples, and of nothing else.
    """

    by_class: Mapping[Spent, Estimate]
    stacks: Mapping[tuple[Spent, Stack], float]


def shares(folded: Mapping[str, str]) -> Shares | None:
    """Return the shares that folded stacks, by profiler, show; None where there are none."""
    seen, python = Counter[tuple[Spent | Undecided, Stack]](), Counter[tuple[Spent, Stack]]()
    for stack, count in read(folded.get(PERF, "")):
        seen[decided(stack, sees_kernel=True)[1], stack] += count
    for stack, count in read(folded.get(PY_SPY, "")):
        frame, meaning = decided(stack, sees_kernel=False)
        spent = Spent.KERNEL if isinstance(meaning, Undecided) else meaning
        if not seen or _is_python(frame):
            python[spent, stack] += count
    if not folded.get(PERF):
        seen, python = Counter(python), Counter()
    return _shared(seen, python) if seen else None


def read(folded: str) -> Iterator[tuple[Stack, int]]:
    """Read folded lines; what is none is left out."""
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        if stack and count.isdecimal():
            yield tuple(stack.split(";")), int(count)


def _shared(
    seen: Mapping[tuple[Spent | Undecided, Stack], int], python: Counter[tuple[Spent, Stack]]
) -> Shares:
    """Divide the interpreter's share as Python code's samples are, and make shares of counts."""
    total, running = sum(seen.values()), python.total()
    stacks: Counter[tuple[Spent, Stack]] = Counter()
    interpreted = 0.0
    for (meaning, stack), count in seen.items():
        if isinstance(meaning, Spent):
            stacks[meaning, stack] += count / total  # type: ignore[assignment]
        elif running < FEWEST:
            stacks[Spent.OTHER, stack] += count / total  # type: ignore[assignment]
        else:
            interpreted += count / total
    by_python: Counter[Spent] = Counter()
    if interpreted:
        for (spent, stack), count in python.items():
            stacks[spent, stack] += interpreted * count / running  # type: ignore[assignment]
            by_python[spent] += count
    by_class = {
        spent: _estimate(
            sum(share for (each, _), share in stacks.items() if each is spent),
            total,
            interpreted,
            by_python[spent] / running if interpreted else 0.0,
            running,
        )
        for spent in Spent
    }
    return Shares(by_class=by_class, stacks=dict(stacks))


def _estimate(share: float, total: int, interpreted: float, part: float, running: int) -> Estimate:
    """Return a share with the interval of its sampling, by the normal approximation.

    The variance of a share s of n samples is s (1 - s) / n (binomial). Where a share A of them is
    divided by m others, of which a part p is this class's, that adds A^2 p (1 - p) / m.
    """
    variance = share * (1 - share) / total
    if interpreted:
        variance += interpreted**2 * part * (1 - part) / running
    half = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * math.sqrt(max(variance, 0.0))
    return Estimate(
        value=share, low=max(0.0, share - half), high=min(1.0, share + half), rounds=(share,)
    )


def _is_python(frame: str) -> bool:
    """Return whether a frame is of Python code: what perf sees of native code, it has counted."""
    return frame.endswith((".py)", "(<string>)"))
