"""Axes that name every level and every tick in full. Pure: numbers to plotly's axis options."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterbench.model import numbers as fmt
from clusterbench.model.experiment import Loop
from clusterbench.report.sections import level_name, saturating_shape

if TYPE_CHECKING:
    from clusterbench.report.figures.quantities import Span
    from clusterbench.report.sections import Section

#: A bar may reach this many times below or above its point before a logarithmic axis cuts it.
_DEEPEST_BAR = 4.0
_MOST_TICKS = 13
_MOST_IN_A_FACET = 6
_SPREAD = 0.16
#: How far apart the outermost marks of a slot may stand, in steps: the axis ends soon after.
_WIDEST = 0.64
_ASIDE = 0.03
_LOW, _HIGH = 1.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """Where things stand on the level axis.

    The sweep's levels stand at themselves, and one slot to the right of the last for each
    scenario beside it, as far apart as two levels are.
    """

    levels: tuple[int, ...]
    step: float
    beside: Mapping[str, float]

    @classmethod
    def of(cls, section: Section) -> Slots:
        """Place a section's scenarios."""
        levels = tuple(sorted(set(section.scenario.sweep)))
        step = levels[-1] / levels[-2] if len(levels) > 1 else 2.0
        places = {s.name: levels[-1] * step ** (i + 1) for i, s in enumerate(section.beside)}
        return cls(levels=levels, step=step, beside=places)

    @property
    def divider(self) -> float | None:
        """Return where the line between sweep and what is beside it stands."""
        return self.levels[-1] * math.sqrt(self.step) if self.beside else None

    def level(self, level: int, place: int, of: int) -> float:
        """Return where the `place`-th of `of` contenders stands at a level.

        A hair aside of the next: bars of contenders that are alike would hide each other.
        """
        return aside(level, place, of, self.step**_ASIDE)

    def mark(self, scenario: str, place: int, of: int) -> float:
        """Return where the `place`-th of `of` marks in a slot stands: none hides another."""
        spread = min(_SPREAD, _WIDEST / max(1, of - 1))
        return aside(self.beside[scenario], place, of, self.step**spread)

    @property
    def range(self) -> list[float]:
        """Return the axis' range, in powers of ten as plotly wants it."""
        last = max((self.levels[-1], *self.beside.values()))
        half = 0.4 * math.log10(self.step)
        return [math.log10(self.levels[0]) - half, math.log10(last) + half]


def aside(at: float, place: int, of: int, apart: float) -> float:
    """Return where the `place`-th of `of` stands around a point, each `apart` times the last."""
    return float(at * apart ** (place - (of - 1) / 2))


def level_axis(section: Section, slots: Slots, *, upright: bool = False) -> dict[str, Any]:
    """Return the logarithmic axis of levels, a tick at each of the sweep's own.

    `upright` turns their names where they are too many for a facet.
    """
    ticks: list[float] = [*slots.levels, *slots.beside.values()]
    names = [f"{level:,}" for level in slots.levels]
    names += [f"{s.generator}<br>{saturating_shape(s)}" for s in section.beside]
    unit = "requests in flight" if section.scenario.loop is Loop.CLOSED else "requests/s"
    return {
        **logarithmic(f"{level_name(section.scenario)} ({unit})", ticks, names),
        "range": slots.range,
        "tickangle": 90 if upright and len(ticks) > _MOST_IN_A_FACET else 0,
    }


def concurrency_axis(levels: Sequence[int]) -> dict[str, Any]:
    """Return a facet's axis of levels: a tick at each, or at every other where they are many."""
    shown = list(levels) if len(levels) <= _MOST_IN_A_FACET else list(levels)[::2]
    low, high = (min(levels), max(levels)) if levels else (_LOW, _HIGH)
    return {
        **logarithmic("concurrency", shown, [f"{level:,}" for level in shown]),
        "range": [math.log10(low) - 0.2, math.log10(high) + 0.2],
    }


def log_axis(
    title: str, spans: Iterable[Span], room: float = 1.0, *, facet: bool = False
) -> dict[str, Any]:
    """Return a logarithmic axis for positive points, ticks at 1, 2 and 5 of each decade.

    `room` is how many times the highest point the axis goes on above it. `facet` says that the axis
    lies along one of several facets, where fewer ticks have room.
    """
    good = list(spans)
    lows = [max(low, value / _DEEPEST_BAR) for low, value, _ in good]
    highs = [min(high, value * _DEEPEST_BAR) for _, value, high in good]
    low, high = (min(lows) / 1.25, max(highs) * 1.25 * room) if good else (_LOW, _HIGH)
    ticks = _ticks(low, high, _MOST_IN_A_FACET if facet else _MOST_TICKS)
    names = [fmt.number(tick, max(0, -math.floor(math.log10(tick)))) for tick in ticks]
    return {
        **logarithmic(title, ticks, names),
        "range": [math.log10(low), math.log10(high)],
    }


def too_long(span: Span) -> bool:
    """Return whether a bar reaches so far from its point that a logarithmic axis may cut it."""
    return span.low < span.value / _DEEPEST_BAR or span.high > span.value * _DEEPEST_BAR


def percent_axis(title: str, tops: Iterable[float]) -> dict[str, Any]:
    """Return a linear axis from 0 to at least 1%, so that no errors look like no errors."""
    top = max(tops, default=0.0)
    end = min(max(1.0, top * 1.15), 105.0)
    return {
        "type": "linear",
        "title": {"text": title},
        "range": [-0.02 * end, end],
        "ticksuffix": "%",
        "zeroline": False,
    }


def _ticks(low: float, high: float, most: int) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [s * 10.0**d for d in decades for s in steps if low <= s * 10.0**d <= high]
        if len(found) <= most:
            break
    return found


def logarithmic(title: str, ticks: Sequence[float], names: Sequence[str]) -> dict[str, Any]:
    """Return a logarithmic axis with these ticks, by these names."""
    return {
        "type": "log",
        "title": {"text": title},
        "tickmode": "array",
        "tickvals": list(ticks),
        "ticktext": list(names),
    }
