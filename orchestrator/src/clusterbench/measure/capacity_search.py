"""The search for a capacity: which rates are tried, and what they say. Pure.

A bisection on the logarithm of the rate. What the rates that were tried before it gave (`hints`)
only tells it where to begin: its ends are rates that it tried itself. A rate that did not hold is
tried twice, since one pause of the host would fail any rate. What is found must hold in a full
window.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterbench.model.capacity import FoundCapacity
from clusterbench.model.units import RequestsPerSecond

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.objective import Objective

#: The search ends when the rates between which the capacity lies are so near to each other.
RESOLUTION = 1.04
#: It ends also at these shares of the saturated throughput: nothing is served there, or all is.
LEAST_SHARE, MOST_SHARE = 0.01, 2.0
#: How much more is tried where all rates held, and less where none did.
_MORE, _LESS = 1.15, 0.5
#: How far it steps down, each time that a full window does not hold.
_STEPS_DOWN = (0.95, 0.9, 0.8, 0.6)

#: A rate is sustained where at least this share of the schedule was sent.
SENT = 0.99
#: The generator spoils figures where its own send delay is this share of the objective, or more.
SPOILS = 0.1


@dataclass(frozen=True, slots=True)
class Probe:
    """A rate to try (requests/s), in a short window or in a full one."""

    rate: RequestsPerSecond
    full: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a rate was sustained within the objective.

    `why` says why not. `spoiled` says how the load generator itself was a cause, or is empty.
    """

    holds: bool
    why: str = ""
    spoiled: str = ""


def judge(figures: Figures, objective: Objective) -> Judgement:
    """Return whether a window was within an objective: no errors, the schedule sent, the latency.

    `figures` are those of an open loop: latency from when a request was due.
    """
    latency = figures.latency.get(objective.percentile, math.inf)
    delay = figures.send_delay.get("p99", 0.0)
    sent = 1.0 if figures.sent_share is None else figures.sent_share
    spoiled = ""
    if delay >= SPOILS * objective.limit:
        spoiled = f"the load generator's own send delay was {delay * 1e3:.2g} ms (p99)"
    why = ""
    if figures.failed:
        why = f"{figures.failed:,} errors"
    elif sent < SENT:
        why = f"{sent:.1%} of the schedule was sent"
    elif objective.percentile not in figures.latency:
        why = f"of so few responses there is no {objective.percentile}"
    elif latency > objective.limit:
        why = f"{objective.percentile} was {latency * 1e3:.3g} ms"
    return Judgement(holds=not why, why=why, spoiled=spoiled)


@dataclass(slots=True)
class _Bracket:
    """The rates between which the capacity lies: `low` held, `high` did not.

    `ceiling` and `floor` are where the search ends; `from_` and `to` where hints say that it is.
    """

    floor: float
    ceiling: float
    from_: float
    to: float
    low: float = 0.0
    high: float = math.inf
    spoiled: str = field(default="")

    def next(self) -> float | None:
        """Return the rate to try next, or None where the capacity is known well enough."""
        if self.low and math.isfinite(self.high):
            return math.sqrt(self.low * self.high) if self.high > self.low * RESOLUTION else None
        if self.low:
            beyond = self.to if self.to > self.low * RESOLUTION else self.low * _MORE
            return min(beyond, self.ceiling) if self.low < self.ceiling else None
        if math.isfinite(self.high):
            below = self.from_ if self.from_ * RESOLUTION < self.high else self.high * _LESS
            return max(below, self.floor) if self.high > self.floor else None
        return math.sqrt(self.from_ * self.to)


Search = Generator[Probe, Judgement, FoundCapacity]


def search(
    objective: Objective, saturated: RequestsPerSecond, hints: Sequence[tuple[float, bool]] = ()
) -> Search:
    """Yield the rates to try; each one's verdict is sent in. Return the capacity.

    `saturated` is the server's saturated throughput (requests/s). `hints` are rates that were
    tried before, and whether they held.
    """
    bracket = _bracket(saturated, hints)
    while (rate := bracket.next()) is not None:
        probe = Probe(RequestsPerSecond(rate))
        verdict = yield probe
        if not verdict.holds:
            verdict = yield probe
        if verdict.holds:
            bracket.low = rate
        else:
            bracket.high, bracket.spoiled = rate, verdict.spoiled
    return (yield from _confirm(objective, bracket))


def _confirm(objective: Objective, bracket: _Bracket) -> Search:
    """Try what was found in a full window, and less where that does not hold."""
    rate = bracket.low or bracket.floor
    bound = bracket.spoiled
    if rate >= bracket.ceiling:
        bound = f"no more than {MOST_SHARE:g} times the saturated throughput is tried"
    verdict = yield Probe(RequestsPerSecond(rate), full=True)
    for step in _STEPS_DOWN:
        if verdict.holds or rate <= bracket.floor:
            break
        bound = verdict.spoiled
        rate = max(rate * step, bracket.floor)
        verdict = yield Probe(RequestsPerSecond(rate), full=True)
    if not verdict.holds:
        why = f"at {rate:,.0f} requests/s {verdict.why}"
        return FoundCapacity(objective=objective, rate=RequestsPerSecond(0.0), why=why)
    bound = bound or verdict.spoiled
    return FoundCapacity(
        objective=objective, rate=RequestsPerSecond(rate), lower_bound=bool(bound), why=bound
    )


def _bracket(saturated: float, hints: Sequence[tuple[float, bool]]) -> _Bracket:
    """Begin where the hints are: between the highest rate that held and the next that did not."""
    floor, ceiling = saturated * LEAST_SHARE, saturated * MOST_SHARE
    held = max((rate for rate, holds in hints if holds), default=0.0)
    not_held = min((rate for rate, holds in hints if not holds and rate > held), default=saturated)
    low = held or not_held * _LESS
    return _Bracket(floor=floor, ceiling=ceiling, from_=low, to=max(not_held, low * RESOLUTION))
