"""Overload as tables: what became of each server, and its answers second by second. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clusterbench.report import numbers as fmt
from clusterbench.report.tables.cells import Table, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.experiment import Overload
    from clusterbench.model.recovery import Overloaded

_MEBI = 1024.0**2
COLUMNS = (
    "contender",
    "normal responses/s",
    "in overload",
    "its worst second",
    "answers again after (s)",
    "90% again after (s)",
    "normal load after",
    "CPU server/generator",
    "MiB: start, peak, end",
    "errors",
)


def tables(overload: Overload, found: Sequence[Overloaded]) -> list[Table]:
    """Return both tables."""
    seconds = sorted({second for each in found for second in each.seconds})
    return [
        Table(
            title=f"{overload.callers:,} callers over {overload.connections} connections, then a stop "
            f"of {overload.stopped:g} s",
            columns=COLUMNS,
            rows=tuple(_row(each) for each in found),
            names=1,
        ),
        Table(
            title="Answers in each second; the stop begins at 0",
            columns=("contender", *(f"{second:+d}" if second else "0" for second in seconds)),
            rows=tuple(
                (Value(each.contender), *(_rate(each.seconds.get(second)) for second in seconds))
                for each in found
            ),
            names=1,
        ),
    ]


def notes(overload: Overload, failures: Mapping[str, str]) -> list[str]:
    """Return what was offered, and what failed."""
    offered = (
        f"offered by h2load in a closed loop: {overload.callers:,} calls at all times, in flight or "
        "held back by the server's bound on streams. Percentages are of normal responses/s; CPU "
        "is that of each side's cores in overload: where the generator's alone is full, it is the "
        "limit."
    )
    counted = (
        "memory is resident, of all the server's processes, which SIGSTOP stopped for "
        f"{overload.stopped:g} s; errors are those of the whole overload."
    )
    return [offered, counted, *(f"failed: {name}: {why}" for name, why in failures.items())]


def _row(each: Overloaded) -> tuple[Value, ...]:
    return (
        Value(each.contender),
        _rate(each.normal),
        _share(each.before_stop, each),
        _share(each.least_before_stop, each),
        _seconds(each.again),
        _seconds(each.back),
        _share(each.after, each),
        Value(f"{fmt.percent(each.server_share)} / {fmt.percent(each.generator_share)}"),
        Value(
            ", ".join(
                f"{size / _MEBI:,.0f}"
                for size in (each.memory.start, each.memory.peak, each.memory.end)
            )
        ),
        Value(fmt.counts(each.errors)),
    )


def _share(rate: float | None, each: Overloaded) -> Value:
    share = f"({fmt.percent(rate / each.normal)})" if rate is not None and each.normal else ""
    return Value(_rate(rate).text, share)


def _rate(rate: float | None) -> Value:
    return Value(fmt.NOTHING if rate is None else fmt.number(rate, _places(rate)))


def _places(rate: float) -> int:
    """Return three significant digits, and no fractions of an answer."""
    return min(0, 2 - math.floor(math.log10(rate))) if rate >= 1 else 0


def _seconds(value: float | None) -> Value:
    return Value("never" if value is None else f"{value:.2f}")
