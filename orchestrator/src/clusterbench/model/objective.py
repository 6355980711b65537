"""A latency objective (SLO), and the question that a run answers with it. No I/O here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clusterbench.errors import ConfigError
from clusterbench.model.cell_summary import PERCENTILES
from clusterbench.model.units import RequestsPerSecond, Seconds

#: The unit in which limits are kept: a whole number of milliseconds.
_MS = 1e-3
_AT_MOST = "\N{LESS-THAN OR EQUAL TO}"
_WRITTEN = re.compile(rf"(?P<percentile>p[0-9.]+) ?(?:<?=|{_AT_MOST}) ?(?P<limit>[0-9]{{1,6}}) ?ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A percentile of latency that must be at most `limit` (s). `percentile` is of PERCENTILES."""

    percentile: str = "p99"
    limit: Seconds

    @property
    def milliseconds(self) -> int:
        """Return the limit in milliseconds: the level of a capacity's cell."""
        return round(self.limit / _MS)

    @property
    def written(self) -> str:
        """Return how it is written in files and options: `p99=10ms`."""
        return f"{self.percentile}={self.milliseconds}ms"

    def __str__(self) -> str:
        return f"{self.percentile} {_AT_MOST} {self.milliseconds:,} ms"


def in_milliseconds(percentile: str, limit: int) -> Objective:
    """Return the objective whose limit is a whole number of milliseconds."""
    return Objective(percentile=percentile, limit=Seconds(limit * _MS))


def parse_objective(text: str) -> Objective:
    """Return an objective from how it is written: `p99=10ms`. Raises ConfigError for another."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or found["percentile"] not in PERCENTILES or not int(found["limit"]):
        names = ", ".join(PERCENTILES)
        raise ConfigError(
            f"{text!r} is no latency objective; it takes a percentile ({names}) and whole "
            "milliseconds, as in p99=10ms"
        )
    return in_milliseconds(found["percentile"], int(found["limit"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the reader of a run wants to know: what serving `rate` within `objective` would take.

    `headroom` is the share of the capacity that is to stay free: 0.3 plans for 70% of it.
    """

    objective: Objective
    rate: RequestsPerSecond
    headroom: float
