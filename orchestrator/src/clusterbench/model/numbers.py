"""Numbers as people read them: units, rounding, intervals. Used by all that writes text. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.interval import Estimate

NOTHING = "n/a"
TIMES = "\N{MULTIPLICATION SIGN}"
#: Bytes of a MiB.
MEBI = 1024.0**2
#: The bounds that are written before a figure.
LOWER, UPPER = ">=", "<="
_DIGITS = 3
_MOST_DIGITS = 5
_MINUTE = 60.0
_HOUR = 3600.0


def decimals(estimate: Estimate, scale: float = 1.0) -> int:
    """Return the decimal places (negative: tens, hundreds) that the estimate's interval allows.

    Three significant digits of the value; up to five where the interval is so narrow that its
    ends would otherwise read the same.
    """
    value = abs(estimate.value * scale)
    if not math.isfinite(value) or value == 0.0:
        return 0
    places = _places(value)
    between = estimate.ends
    width = (between[1] - between[0]) * scale if between else 0.0
    if width > 0:
        needed = -math.floor(math.log10(width))
        places = max(places, min(needed, places + _MOST_DIGITS - _DIGITS))
    return places


def number(value: float | None, places: int | None = None, *, digits: int = _DIGITS) -> str:
    """Write a number with thousands separated, by default to three significant digits."""
    if not _known(value):
        return NOTHING
    if places is None:
        places = _places(abs(value), digits) if value else 0
    rounded = round(value, places) + 0.0  # no "-0"
    return f"{rounded:,.{max(places, 0)}f}"


def whole(value: float | None) -> str:
    """Write a count or a rate without fractions, to three significant digits."""
    if not _known(value):
        return NOTHING
    return number(value, min(0, _places(abs(value))) if abs(value) >= 1 else 0)


def interval(estimate: Estimate | None, scale: float = 1.0) -> str:
    """Write the interval, `[44,900, 45,800]`; nothing where there is none."""
    if estimate is None or estimate.ends is None:
        return ""
    places = decimals(estimate, scale)
    low, high = (number(end * scale, places) for end in estimate.ends)
    return f"[{low}, {high}]"


def point(estimate: Estimate | None, scale: float = 1.0) -> str:
    """Write the estimate's point alone."""
    if estimate is None or not math.isfinite(estimate.value):
        return NOTHING
    return number(estimate.value * scale, decimals(estimate, scale))


def with_interval(estimate: Estimate | None, scale: float = 1.0, unit: str = "") -> str:
    """Write `45,300/s [44,900, 45,800]`: point, unit, interval where there is one."""
    text = point(estimate, scale)
    if text == NOTHING:
        return text
    return " ".join(filter(None, (text + unit, interval(estimate, scale))))


def bounded(text: str, *, lower_bound: bool) -> str:
    """Write `>=` before a figure that is a lower bound."""
    return f"{LOWER} {text}" if lower_bound and text != NOTHING else text


def ratio(estimate: Estimate | None, bound: str = "") -> str:
    """Write `19.8x` with its bound, or that nothing can be said; without the interval.

    `bound` is that of a Comparison: `>=`, `<=`, `unknown` or "".
    """
    text = point(estimate)
    if text == NOTHING:
        return text
    text += TIMES
    if bound == "unknown":
        return f"unknown (measured {text})"
    return f"{bound} {text}" if bound else text


def percent(value: float | None) -> str:
    """Write a share as a percentage: `98%`, `2.5%`, `0.012%`, `<0.001%`, `0%`."""
    if not _known(value):
        return NOTHING
    hundred = value * 100.0
    size = abs(hundred)
    if size == 0:
        return "0%"
    for limit, places in ((10.0, 0), (0.1, 1), (0.001, 3)):
        if size >= limit:
            return f"{hundred:.{places}f}%"
    return "<0.001%"


def percent_with_interval(estimate: Estimate | None) -> str:
    """Write a share with its interval: `98% [96%, 99%]`; no interval where it is one point."""
    if estimate is None:
        return NOTHING
    return " ".join(filter(None, (percent(estimate.value), percent_interval(estimate))))


def percent_interval(estimate: Estimate | None) -> str:
    """Write a share's interval; nothing where there is none, or where all ends read the same."""
    if estimate is None or estimate.ends is None:
        return ""
    low, high = map(percent, estimate.ends)
    return "" if low == high == percent(estimate.value) else f"[{low}, {high}]"


def seconds(value: float | None) -> str:
    """Write a duration in the unit that suits it: `870 µs`, `2.31 ms`, `4.2 s`, `8 min 20 s`."""
    if not _known(value):
        return NOTHING
    size = abs(value)
    if round(size) >= _HOUR:
        hours, rest = divmod(round(value / _MINUTE), 60)
        return f"{hours} h {rest} min"
    if round(size, 1) >= _MINUTE:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes} min {rest} s"
    if size >= 1.0:
        return f"{value:.1f} s"
    if size >= 1e-3:  # noqa: PLR2004 - a millisecond
        return f"{number(value * 1e3)} ms"
    return "0 s" if size == 0 else f"{number(value * 1e6)} µs"


def counts(by_name: Mapping[str, int]) -> str:
    """Write `UNAVAILABLE 12, DEADLINE_EXCEEDED 3`; `none` when there are none."""
    shown = [
        f"{name} {n:,}" for name, n in sorted(by_name.items(), key=lambda i: (-i[1], i[0])) if n
    ]
    return ", ".join(shown) or "none"


def reasons(why: Mapping[str, str]) -> tuple[str, ...]:
    """Write `a and b: the reason`; one that many share is written once."""
    names: dict[str, list[str]] = {}
    for name, reason in why.items():
        names.setdefault(reason, []).append(name)
    return tuple(f"{listing(shared)}: {reason}" for reason, shared in names.items())


def rough(count: float) -> str:
    """Write a large count as words do: `about 7.3 million`, `about 34,000`, `about 870`."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if count >= size:
            return f"about {count / size:,.1f}{word}"
    places = -3 if count >= 10_000 else 0  # noqa: PLR2004 - from there on thousands do
    return f"about {number(count, places)}"


def listing(words: Sequence[str]) -> str:
    """Join words as a sentence does: `a`, `a and b`, `a, b and c`."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def plural(count: int, noun: str) -> str:
    """Write a count with its noun: `1 connection`, `8 connections`."""
    return f"{count:,} {noun}{'s'[: count != 1]}"


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _places(size: float, digits: int = _DIGITS) -> int:
    return digits - 1 - math.floor(math.log10(size))
