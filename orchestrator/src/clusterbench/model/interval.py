"""A value and its interval. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A point with its 95% interval over rounds, and each round's figure.

    `low` and `high` are None where there is one round only: nothing is known of the spread.
    """

    value: float
    low: float | None
    high: float | None
    rounds: tuple[float, ...]
