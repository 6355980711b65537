"""A value and its interval. No I/O here."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A point with its interval over rounds, and each round's figure.

    `low` and `high` are None where there is one round only: nothing is known of the spread.
    """

    value: float
    low: float | None
    high: float | None
    rounds: tuple[float, ...]

    @property
    def ends(self) -> tuple[float, float] | None:
        """Return the interval's ends; None where they are not known or not finite."""
        if self.low is None or self.high is None:
            return None
        finite = math.isfinite(self.low) and math.isfinite(self.high)
        return (self.low, self.high) if finite else None
