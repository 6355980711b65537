"""What reads how long something lasts, and which share of a figure, from how it is written.

Standard library only.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clusterbench.errors import shown
from clusterbench.model.bounds import ANY, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.bounds import Bounds

#: The units of times, the longest names first: seconds where there is none.
_UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def lasting(bounds: Bounds) -> Callable[[str], float]:
    """Return what reads a time in seconds: `200ms`, `0.2s`, `3m`, `180`."""

    def read(text: str) -> float:
        unit = next((each for each in _UNITS if text.endswith(each)), "")
        number = ANY.read(text.removesuffix(unit))
        seconds = None if number is None else number * _UNITS.get(unit, 1.0)
        if seconds is None or not bounds.fits(seconds):
            allowed = span(bounds.low, bounds.high, bounds.above)
            raise argparse.ArgumentTypeError(
                f"{shown(text)}: it takes a time{allowed} s, like 200ms, 5s or 3m"
            )
        return seconds

    return read


def portion(bounds: Bounds) -> Callable[[str], float]:
    """Return what reads a share of a figure, within bounds: `2%`, or `0.02`."""

    def read(text: str) -> float:
        percent = text.endswith("%")
        number = ANY.read(text.removesuffix("%"))
        value = None if number is None else number / 100 if percent else number
        if value is None or not bounds.fits(value):
            allowed = span(100 * bounds.low, 100 * bounds.high, bounds.above)
            raise argparse.ArgumentTypeError(
                f"{shown(text)}: it takes a share{allowed} percent, like 2% or 0.02"
            )
        return value

    return read
