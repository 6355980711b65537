"""Which numbers settings take: one definition for the command line and for the lab's files.

Every one of them can be run: what is beyond them no generator, no kernel or no memory takes.
Standard library only: `./lab` reads this before there is any environment.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

#: How numbers are written: in ASCII, without a sign before a number above 0, without `_`.
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The numbers that a setting takes: from `low` (`above`: without it) to `high`."""

    low: float
    high: float
    whole: bool = False
    above: bool = False

    def fits(self, value: float) -> bool:
        """Return whether a number is within the bounds; NaN is in none."""
        return value <= self.high and (value > self.low if self.above else value >= self.low)

    @property
    def takes(self) -> str:
        """Return what is allowed, in words: `a whole number from 1 to 1000`."""
        return f"a {'whole ' if self.whole else ''}number{span(self.low, self.high, self.above)}"

    def read(self, text: str) -> float | None:
        """Return a number within the bounds from how it is written, or None."""
        if not (_WHOLE if self.whole else _NUMBER).fullmatch(text):
            return None
        value = int(text) if self.whole else float(text)
        return value if self.fits(value) else None


def span(low: float, high: float = math.inf, above: bool = False) -> str:
    """Write bounds in words, with a space before them: ` from 1 to 1000`, ` above 0, up to 300`."""
    if above:
        return f" above {_plain(low)}" + ("" if math.isinf(high) else f", up to {_plain(high)}")
    return f" from {_plain(low)}" + (" up" if math.isinf(high) else f" to {_plain(high)}")


def _plain(value: float) -> str:
    """Write a bound without an exponent that a reader would have to count."""
    return str(int(value)) if value == int(value) and abs(value) < 1e16 else f"{value:g}"  # noqa: PLR2004


def _count(high: int, low: int = 1) -> Bounds:
    return Bounds(low, high, whole=True)


#: Requests in flight, or per second. More than any server of one machine takes; the load
#: generators keep state for each of them.
LEVELS = _count(1_000_000)
#: Below the 28,232 ports that Linux gives to connections to one address.
CONNECTIONS = _count(20_000)
#: Rounds, passes, turns: each of them takes seconds or more.
ROUNDS = _count(1_000)
#: How often one disturbed trial is run again: each costs as much as the first.
REPEATS = _count(10, low=0)
#: Any signed 32-bit number that is not negative, as NumPy and scikit-learn take it.
SEEDS = _count(2**31 - 1, low=0)
PORTS = _count(65_535)
CPUS = _count(4_096)
#: Claims, runs and the like that are counted.
NUMBERS = _count(1_000_000)

#: Seconds of one load. Generators, or what reads their lists, hold each request in memory: of more
#: than five minutes they would fill it. Below 10 ms nothing is sent.
LOAD = Bounds(0.01, 300.0)
#: Seconds of a load that may be left out.
PART = Bounds(0.0, 300.0)
#: Seconds that something is waited for.
WAIT = Bounds(0.0, 3600.0)
DEADLINE = Bounds(0.0, 3600.0, above=True)
DAYS = Bounds(0.0, 36_500.0, above=True)
SHARE = Bounds(0.0, 1.0, above=True)
#: Requests per second that are to be served, by as many servers as that takes.
RATES = _count(1_000_000_000)
#: Of a core-hour, in any currency.
PRICE = Bounds(0.0, 1e6, above=True)
#: The share of a capacity that stays free: with all of it free, nothing is served.
HEADROOM, PERCENT = Bounds(0.0, 0.99), Bounds(0.0, 99.0)
TIMES = Bounds(1.0, 1e6, above=True)
RATIO = Bounds(0.0, 1e6, above=True)

#: Of training data: its sizes, and its blobs. What memory holds is checked where it is known.
POINTS = _count(1_000_000_000)
FEATURES = _count(100_000)
CLUSTERS = _count(1_000_000)
ITERATIONS = _count(1_000_000)
ITERATIONS_APART = _count(1_000_000, low=0)
BYTES = _count(2**50)
SPREAD = Bounds(0.0, 1e6, above=True)

#: A number that is not negative, before its unit says how much it is.
ANY = Bounds(0.0, 1e12)
#: Of a comparison. Below 20 ms a slice of the load is its own beginning and end; beyond 10 s the
#: host changes within a pair.
SLICE = Bounds(0.02, 10.0)
BUDGET = Bounds(1.0, 86_400.0)
PAIRS = _count(1_000)
BLOCKS = _count(1_000)
PRECISION = Bounds(0.0, 1.0, above=True)
REGRESSION = Bounds(0.0, 10.0, above=True)
