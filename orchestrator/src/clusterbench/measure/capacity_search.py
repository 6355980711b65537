"""The search for a capacity: which rates are tried, in which windows, and what they say. Pure.

What is found held in a full window, and a rate at most RESOLUTION times as high did not hold. Near
saturation a server's latency grows as 1 / (saturated throughput - rate): its inverse is a straight
line over the rate. So the next rate is where that line meets the limit. Where it is expected to
hold, the window is a full one, which is needed in the end; far from there, windows are short.

The ends of the interval are rates that the search tried itself. What the turn saw of the server
before only tells where to begin.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterbench.measure.rate_judgement import Judgement
from clusterbench.model.capacity import FoundCapacity
from clusterbench.model.units import RequestsPerSecond

if TYPE_CHECKING:
    from clusterbench.model.objective import Objective

#: The search ends when the rates between which the capacity lies are so near to each other.
RESOLUTION = 1.04
#: It ends also at these shares of the saturated throughput: nothing is served there, or all is.
LEAST_SHARE, MOST_SHARE = 0.01, 2.0

#: Half of the resolution: a rate so far below the expected capacity, and one so far above it, end
#: the search.
_HALF = math.sqrt(RESOLUTION)
#: Where a search without hints begins, as a share of the saturated throughput.
_FIRST = 0.8
#: Where a rate that held is so near to the expected capacity, the next window is a full one.
_NEAR = 1.3
#: A server that served less than this share of what was asked for was overloaded.
_SERVED = 0.97
#: Below an overload, this share of what was served then is tried.
_BELOW_SERVED = 0.93
#: A tail that exceeds the limit by so much, where half of the requests were in time, is a pause.
_PAUSE = 2.0
#: So many rates are chosen by the line where nothing failed yet; then the steps grow.
_AIMS = 2
#: After so many windows nothing is tried twice any more.
_PATIENCE = 16
#: Each such step within the interval halves it, whatever the line says.
_HALVE_EACH = 3


@dataclass(frozen=True, slots=True)
class Probe:
    """A rate to try (requests/s, a whole number), in a short window or in a full one."""

    rate: RequestsPerSecond
    full: bool = False


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a window at a rate said. A rate that is `sure` not to hold is not tried again."""

    rate: float
    verdict: Judgement
    full: bool = False
    sure: bool = True

    @property
    def overloaded(self) -> bool:
        """Return whether the server did not keep up."""
        return self.verdict.served < _SERVED * self.rate


Search = Generator[Probe, Judgement, FoundCapacity]


def search(
    objective: Objective,
    saturated: RequestsPerSecond,
    hints: Sequence[tuple[float, Judgement]] = (),
) -> Search:
    """Yield the rates to try; each one's judgement is sent in. Return the capacity.

    `saturated` is the server's saturated throughput (requests/s). `hints` are rates that were
    tried before, and how they are judged by this objective.
    """
    bracket = _begin(saturated, hints)
    while (probe := bracket.next()) is not None:
        bracket.take(probe, (yield probe))
    return bracket.found(objective)


@dataclass(slots=True)
class _Bracket:
    """The rates between which the capacity lies.

    `held` are rates that held, ascending, and `failed` those that did not, descending: the last
    of each are the ends. `guess` is where hints say that the capacity is, and `near` that they say
    it within _NEAR. `windows` counts all that were tried, `aimed` the rates that the line chose
    while nothing had failed, `outward` the growing steps to an end that is not known yet, `inward`
    the steps within the interval.
    """

    saturated: float
    guess: float
    near: bool = False
    hinted: bool = False
    held: list[_Tried] = field(default_factory=list)
    failed: list[_Tried] = field(default_factory=list)
    windows: int = 0
    aimed: int = 0
    outward: int = 0
    inward: int = 0

    @property
    def floor(self) -> float:
        """Return the lowest rate that is tried."""
        return _whole(self.saturated * LEAST_SHARE)

    @property
    def ceiling(self) -> float:
        """Return the highest rate that is tried."""
        return _whole(self.saturated * MOST_SHARE)

    def next(self) -> Probe | None:
        """Return what to try next, or None where the capacity is known well enough."""
        if self.held and self.failed:
            return self._between(self.held[-1], self.failed[-1])
        if self.held:
            return self._above(self.held[-1])
        if self.failed:
            return self._below(self.failed[-1])
        return self._probe(self.guess / _HALF if self.hinted else self.guess, full=self.near)

    def take(self, probe: Probe, verdict: Judgement) -> None:
        """Take in what a window said."""
        rate, full = float(probe.rate), probe.full
        self.windows += 1
        if verdict.holds:
            self.failed = [each for each in self.failed if each.rate > rate]
            self.held = [each for each in self.held if each.rate < rate]
            self.held.append(_Tried(rate, verdict, full))
            return
        again = any(each.rate == rate and each.full == full for each in self.failed)
        pause = verdict.tail_alone and (not full or verdict.share > _PAUSE)
        doubtful = pause or bool(verdict.spoiled)
        sure = again or not doubtful or self.windows >= _PATIENCE
        self.failed = [each for each in self.failed if each.rate > rate]
        self.failed.append(_Tried(rate, verdict, full, sure))
        self.held = [each for each in self.held if each.rate < rate]

    def found(self, objective: Objective) -> FoundCapacity:
        """Return what the search found."""
        if not self.held:
            last = self.failed[-1]
            spoiled = last.verdict.spoiled
            why = f"at {last.rate:,.0f} requests/s {last.verdict.why}"
            return FoundCapacity(
                objective=objective,
                rate=RequestsPerSecond(0.0),
                lower_bound=bool(spoiled),
                why=f"{why}, and {spoiled}" if spoiled else why,
            )
        low = self.held[-1]
        bound = low.verdict.spoiled
        if self.failed:
            bound = self.failed[-1].verdict.spoiled or bound
        else:
            bound = f"no more than {MOST_SHARE:g} times the saturated throughput is tried"
        return FoundCapacity(
            objective=objective,
            rate=RequestsPerSecond(low.rate),
            lower_bound=bool(bound),
            why=bound,
        )

    # ------------------------------------------------------------------------------- steps

    def _above(self, low: _Tried) -> Probe | None:
        """Step up: nothing failed so far."""
        if low.rate >= self.ceiling:
            return None if low.full else self._probe(low.rate, full=True)
        guess = max(_meets(low, self.saturated), self.guess)
        if guess > low.rate * RESOLUTION and self.aimed < _AIMS and not self.outward:
            self.aimed += 1
            rate = guess / _HALF
            return self._probe(max(rate, low.rate + 1.0), full=rate < low.rate * _NEAR)
        if not low.full and not self.outward:
            return self._probe(low.rate, full=True)
        rate = low.rate * math.pow(RESOLUTION, 2.0**self.outward)
        self.outward += 1
        return self._probe(max(rate, low.rate + 1.0))

    def _below(self, high: _Tried) -> Probe | None:
        """Step down: nothing held so far."""
        if high.rate <= self.floor:
            sure = high.full and high.sure
            return None if sure else self._probe(high.rate, full=True)
        self.outward += 1
        rate = min(_under(high, self.outward), high.rate - 1.0)
        return self._probe(rate, full=self.near and self.outward == 1)

    def _between(self, low: _Tried, high: _Tried) -> Probe | None:
        """Step into the interval, or make sure of its ends."""
        if high.rate <= low.rate * RESOLUTION + 1.0:
            if not low.full:
                return self._probe(low.rate, full=True)
            return None if high.sure else self._probe(high.rate, full=high.full)
        self.inward += 1
        guess = _crosses(low, high)
        rate = guess / _HALF
        if self.inward % _HALVE_EACH == 0:
            rate = math.sqrt(low.rate * high.rate)
        elif guess <= low.rate * RESOLUTION:
            rate = low.rate * RESOLUTION
        elif guess >= high.rate / RESOLUTION:
            rate = high.rate / RESOLUTION
        full = high.rate < low.rate * _NEAR and (rate <= guess or not low.full)
        return self._probe(min(max(rate, low.rate + 1.0), high.rate - 1.0), full=full)

    def _probe(self, rate: float, *, full: bool = False) -> Probe:
        return Probe(RequestsPerSecond(_whole(min(max(rate, self.floor), self.ceiling))), full)


def _whole(rate: float) -> float:
    """Return the nearest rate that a load generator takes."""
    return max(1.0, float(round(rate)))


def _begin(saturated: float, hints: Sequence[tuple[float, Judgement]]) -> _Bracket:
    """Begin where the hints are: between the highest rate that held and the next that did not."""
    if not hints:
        return _Bracket(saturated=saturated, guess=saturated * _FIRST)
    tried = sorted((_Tried(rate, verdict) for rate, verdict in hints), key=lambda each: each.rate)
    held = [each for each in tried if each.verdict.holds]
    if not held:
        return _Bracket(saturated=saturated, guess=_under(tried[0], 1), hinted=True)
    low = held[-1]
    failed = [each for each in tried if each.rate > low.rate]
    guess = _crosses(low, failed[0]) if failed else _meets(low, saturated)
    end = failed[0].rate if failed else saturated
    return _Bracket(saturated=saturated, guess=guess, near=end < low.rate * _NEAR, hinted=True)


def _under(high: _Tried, step: int) -> float:
    """Return a rate below one that did not hold: further with each step, and below an overload."""
    rate = high.rate / math.pow(RESOLUTION, 2.0**step)
    return min(rate, high.verdict.served * _BELOW_SERVED) if high.overloaded else rate


def _meets(low: _Tried, saturated: float) -> float:
    """Return where the inverse of the latency meets the limit, if it is 0 at `saturated`."""
    return low.rate + max(0.0, saturated - low.rate) * max(0.0, 1.0 - low.verdict.share)


def _crosses(low: _Tried, high: _Tried) -> float:
    """Return where the inverse of the latency meets the limit, between two rates.

    In an overload it is 0 at what the server served.
    """
    if high.overloaded:
        return _meets(low, high.verdict.served)
    above, below = 1.0 / max(low.verdict.share, 1e-9), 1.0 / max(high.verdict.share, 1.0)
    if above <= below:
        return low.rate
    return low.rate + (high.rate - low.rate) * (above - 1.0) / (above - below)
