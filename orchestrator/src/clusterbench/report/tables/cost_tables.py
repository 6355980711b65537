"""What contenders need to serve a rate, as tables and in words. Pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.cost import HOURS_PER_MONTH, Basis, costs, money
from clusterbench.measure.scaling import FARTHEST
from clusterbench.model import numbers as fmt
from clusterbench.model.units import RequestsPerSecond
from clusterbench.own_program import program
from clusterbench.report.interference_words import marks
from clusterbench.report.tables.table import Value, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clusterbench.measure.cost import ContenderCost, Money
    from clusterbench.measure.scaling import CoreScaling
    from clusterbench.model.interval import Estimate
    from clusterbench.model.objective import Question
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Columns, Table

#: The rates (requests/s) that every report answers for.
RATES = tuple(RequestsPerSecond(10.0**power) for power in range(3, 8))
#: The id of the chapter on cost, and of its chart.
CHAPTER = "cost"
UNMET = "not at any rate tried"
_NOT_MEASURED, _FAILED = "not measured", "every trial failed"
_NO_END = "no end"
_LAW = "Universal Scalability Law"


def asked(question: Question) -> str:
    """Return what is to be served: `10,000 requests per second within p99 <= 10 ms, ...`."""
    free = f", {fmt.percent(question.headroom)} of each capacity free" if question.headroom else ""
    return f"{question.rate:,.0f} requests per second within {question.objective}{free}"


def priced(run: RunRecord, question: Question) -> str:
    """Return the command that answers other questions, and what its money is."""
    return (
        f"Another rate, objective or headroom, and money: {program()} cost {run.id} --rate 50000 "
        f"--slo {question.objective.written} --headroom 20% --price 0.04 (of a core-hour)."
    )


def needs(
    found: Sequence[ContenderCost], price: float | None = None, *, narrow: bool = False
) -> Iterator[Table]:
    """Return what each contender needs, a table for each scenario; with money where it has a price.

    `price` is per core-hour. A narrow table does without what the cores rest on (see `rest`). With
    a price it also does without the cores before they are rounded up.
    """
    columns = {**_FIRST, **_money(price), **_LAST}
    spared = {*_LAST, *(("cores",) if price is not None else ())} if narrow else set()
    shown = {name: column for name, column in columns.items() if name not in spared}
    for title, here in _by_scenario("Cost", found):
        yield table(title, shown, here, names=1)


def rest(found: Sequence[ContenderCost]) -> tuple[str, ...]:
    """Return what the cores of which contenders rest on, a line for each basis."""
    return fmt.reasons({each.contender: basis(each) for each in found})


def by_rate(run: RunRecord, summary: Summary, question: Question) -> Iterator[Table]:
    """Return the whole cores of each contender at each of RATES, a table for each scenario."""
    rates = tuple(dict.fromkeys(sorted([*RATES, question.rate])))
    found = {rate: costs(run, summary, replace(question, rate=rate)) for rate in rates}
    for title, here in _by_scenario("Cores by rate", found[question.rate]):
        columns: Columns[ContenderCost] = {
            "contender": lambda c: c.contender,
            **{f"{rate:,.0f}/s": _at(found[rate]) for rate in rates},
        }
        yield table(title, columns, here, names=1)


def laws(found: Sequence[ContenderCost]) -> Iterator[Table]:
    """Return the scalability laws that were fitted, with what they miss of each measured point."""
    fitted = [(each, each.scaling) for each in found if each.scaling is not None]
    columns: Columns[tuple[ContenderCost, CoreScaling]] = {
        "contender": lambda row: row[0].contender,
        "fitted to": lambda row: row[1].of,
        "gamma (/s)": lambda row: fmt.number(row[1].law.gamma),
        "alpha": lambda row: fmt.number(row[1].law.alpha),
        "beta": lambda row: fmt.number(row[1].law.beta),
        "most, at cores": lambda row: _peak(row[1]),
        "residuals by cores": lambda row: _residuals(row[1]),
    }
    if fitted:
        yield table(_LAW, columns, fitted, names=2)


def notes(found: Sequence[ContenderCost], price: float | None = None) -> Iterator[str]:
    """Return what the figures rest on, a sentence or two each."""
    free = 1 - found[0].headroom if found else 1.0
    share = "" if free == 1.0 else f" \N{MULTIPLICATION SIGN} {fmt.percent(free)}"
    yield (
        f"Cores: rate / (capacity per core{share}), rounded up to whole ones, 1 at least; the "
        "interval is that of the capacity. Each process has as many cores as when it was measured, "
        "and its share of the peak memory."
    )
    if any(each.bound and each.cores for each in found):
        yield (
            f"{fmt.UPPER}: the capacity is a lower bound, since the load generator ended the "
            "search. So many cores, or fewer."
        )
    yield from disturbed(found)
    if price is not None:
        yield (
            f"Money: whole cores at {price:g} per core-hour, in its currency; a month has "
            f"{HOURS_PER_MONTH} hours."
        )
    if any(each.scaling for each in found):
        yield (
            "Law: X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)) for N cores of one server. "
            "Residual: by how much what was measured exceeds it. One server is extrapolated to "
            f"{FARTHEST} times the cores that were measured, and never beyond the law's peak; a "
            "higher rate takes several of these."
        )


def disturbed(found: Sequence[ContenderCost]) -> Iterator[str]:
    """Return which capacities the figures rest on were disturbed."""
    yield from marks((each.contender, each.capacity) for each in found if each.capacity)


def basis(cost: ContenderCost) -> str:
    """Return in words what a number of cores rests on, and how far it was measured."""
    if cost.unmet:
        return UNMET
    if cost.cores is None or cost.capacity is None:
        return _FAILED if cost.capacity is not None and cost.capacity.failures else _NOT_MEASURED
    on = fmt.plural(cost.measured_cores, "core")
    largest = fmt.plural(cost.scaling.largest_server if cost.scaling else 1, "core")
    text = {
        Basis.MEASURED: f"as measured, on {'up to ' if cost.scaling else ''}{on}",
        Basis.PROCESSES: f"by adding processes, not measured beyond {on}",
        Basis.LAW: f"one server by the {_LAW}, extrapolated beyond {on}",
        Basis.SERVERS: f"servers of {largest} each by the {_LAW}, extrapolated beyond {on}",
    }[cost.basis]
    if cost.capacity.unmet:
        text += f"; {UNMET} in {cost.capacity.unmet} of {cost.capacity.trials} trials"
    return text


def _money(price: float | None) -> Columns[ContenderCost]:
    if price is None:
        return {}

    def spent(cost: ContenderCost, on: Callable[[Money], Estimate]) -> Value:
        found = money(cost, price)
        return _value(None if found is None else on(found), cost.bound)

    at = f"at {price:g} per core-hour"
    return {
        f"per month {at}": lambda c: spent(c, lambda found: found.per_month),
        f"per million requests {at}": lambda c: spent(c, lambda found: found.per_million),
    }


def _by_scenario(
    title: str, found: Sequence[ContenderCost]
) -> Iterator[tuple[str, list[ContenderCost]]]:
    """Sort costs by scenario; the title names it where there are several."""
    names = tuple(dict.fromkeys(each.scenario for each in found))
    for name in names:
        here = [each for each in found if each.scenario == name]
        yield (title if len(names) == 1 else f"{title}: {name}"), here


def _per_core(cost: ContenderCost) -> Value:
    if cost.unmet:
        return Value("not met")
    return _value(cost.per_core, fmt.LOWER if cost.bound else "")


_FIRST: Columns[ContenderCost] = {
    "contender": lambda c: c.contender,
    "capacity per core (/s)": _per_core,
    "cores": lambda c: _value(c.cores, c.bound),
    "whole cores": lambda c: _whole(c.whole, c.bound),
    "processes": lambda c: _count(c.processes, c.bound),
    "memory (MiB)": lambda c: _value(c.memory, c.bound, 1 / fmt.MEBI),
}
#: What a narrow table does without.
_LAST: Columns[ContenderCost] = {"rests on": basis}


def _at(found: Sequence[ContenderCost]) -> Callable[[ContenderCost], Value]:
    """Return the column of one rate."""
    by_name: Mapping[tuple[str, str], ContenderCost] = {
        (each.scenario, each.contender): each for each in found
    }

    def column(row: ContenderCost) -> Value:
        cost = by_name[row.scenario, row.contender]
        return Value("not met") if cost.unmet else _whole(cost.whole, cost.bound)

    return column


def _value(found: Estimate | None, bound: str = "", scale: float = 1.0) -> Value:
    """Write an estimate that may be without an upper end, with its bound."""
    text = fmt.point(found, scale)
    if found is None or text == fmt.NOTHING:
        return Value(fmt.NOTHING)
    places = fmt.decimals(found, scale)
    return Value(
        _bounded(text, bound), _interval(found, lambda end: fmt.number(end * scale, places))
    )


def _whole(found: Estimate | None, bound: str = "") -> Value:
    """Write a whole number with its interval."""
    if found is None:
        return Value(fmt.NOTHING)
    text = _count(int(found.value), bound)
    return Value(text, _interval(found, lambda end: f"{end:,.0f}"))


def _interval(found: Estimate, write: Callable[[float], str]) -> str:
    if found.low is None or found.high is None or found.low == found.value == found.high:
        return ""
    high = write(found.high) if math.isfinite(found.high) else _NO_END
    return f"[{write(found.low)}, {high}]"


def _count(number: int | None, bound: str) -> str:
    """Write a count of 1 or more; nothing is less than 1."""
    if number is None:
        return fmt.NOTHING
    return _bounded(f"{number:,}", bound if number > 1 else "")


def _bounded(text: str, bound: str) -> str:
    return f"{bound} {text}" if bound else text


def _peak(scaling: CoreScaling) -> str:
    """Return the most that one server does, and on how many cores."""
    law = scaling.law
    if math.isinf(law.most):
        return "as many as there are"
    if math.isinf(law.peak):
        return f"below {fmt.number(law.most)}/s"
    return f"{fmt.number(law.most)}/s at {law.peak:,.0f}"


def _residuals(scaling: CoreScaling) -> str:
    """Return by how much each measured point exceeds the law, with no `-0.0%`."""
    shown = ((point.cores, round(point.residual, 3) + 0.0) for point in scaling.points)
    return ", ".join(f"{cores}: {residual:+.1%}" for cores, residual in shown)
