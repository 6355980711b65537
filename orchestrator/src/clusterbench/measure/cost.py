"""What serving a rate within a latency objective takes: cores, processes, memory, money. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.measure.claim_evidence import Judged
from clusterbench.measure.estimates import scaled
from clusterbench.measure.scaling import CoreScaling, scaling
from clusterbench.model.capacity import CapacitySummary
from clusterbench.model.interval import Estimate
from clusterbench.model.numbers import UPPER
from clusterbench.model.objective import Objective
from clusterbench.model.units import RequestsPerSecond

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from clusterbench.model.objective import Question
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

#: Hours of a month: a year's 8,760 over 12, which is what providers' monthly prices use.
HOURS_PER_MONTH = 730
_SECONDS_PER_HOUR = 3600.0
_MILLION = 1e6
#: Cores are rounded up; what is over a whole number by less is the rounding of floats.
_EXACT = 1e-9


class Basis(StrEnum):
    """What a number of cores rests on: no more than were measured, or how it goes beyond them.

    PROCESSES takes the capacity per core to stay as it was. LAW is one server by the Universal
    Scalability Law, extrapolated. SERVERS are several of the largest to which it is extrapolated.
    """

    MEASURED = "as measured"
    PROCESSES = "by adding processes"
    LAW = "by the scalability law"
    SERVERS = "by adding servers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderCost:
    """What a contender needs to serve `rate` (requests/s) within `objective`.

    `headroom` is the share of its capacity that stays free. `capacity` is what was measured, None
    where that is nothing. `cores` is how many cores it needs, with a fraction. Its interval is from
    that of the capacity per core; the high end is infinite where that one reaches 0. `whole` is
    the same rounded up, 1 at least. `memory` is in bytes, of all processes.
    All of these are None where nothing was measured, or no rate that was tried met the objective.
    `scaling` is None where the numbers of cores that were measured settle no law.
    """

    contender: str
    scenario: str
    objective: Objective
    rate: RequestsPerSecond
    headroom: float
    capacity: CapacitySummary | None = None
    cores: Estimate | None = None
    whole: Estimate | None = None
    memory: Estimate | None = None
    basis: Basis = Basis.MEASURED
    scaling: CoreScaling | None = None

    @property
    def per_core(self) -> Estimate | None:
        """Return the capacity per core (requests/s)."""
        return None if self.capacity is None else self.capacity.per_core

    @property
    def bound(self) -> str:
        """Return `<=` where the capacity is a lower bound: so many cores, or fewer."""
        return UPPER if self.capacity is not None and self.capacity.lower_bound else ""

    @property
    def whole_cores(self) -> int | None:
        """Return how many whole cores it needs, 1 at least."""
        return None if self.whole is None else int(self.whole.value)

    @property
    def processes(self) -> int | None:
        """Return how many processes fill them, each as many as it had when measured."""
        if self.whole is None or self.capacity is None:
            return None
        return int(_processes(self.capacity, self.whole.value))

    @property
    def measured_cores(self) -> int:
        """Return the largest number of cores that was measured, 0 where none was."""
        if self.scaling is not None:
            return self.scaling.most_cores
        return 0 if self.capacity is None else self.capacity.cores

    @property
    def unmet(self) -> bool:
        """Return whether it was measured, and no rate that was tried met the objective."""
        return self.capacity is not None and self.capacity.never_met


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What whole cores cost, in the currency of the price per core-hour."""

    per_month: Estimate
    per_million: Estimate


def costs(
    run: RunRecord, summary: Summary, question: Question, beside: Sequence[Judged] = ()
) -> tuple[ContenderCost, ...]:
    """Return what each contender needs, in the order of the scenarios that asked for capacities.

    `beside` are other runs that may tell of other numbers of cores. A contender of such a scenario
    that has no capacity at the objective is among them. Empty where none has one.
    """
    return tuple(_costs(Judged(run, summary), question, beside))


def in_question(run: RunRecord, summary: Summary) -> Question | None:
    """Return what the report of a run answers: its question, at an objective that it measured.

    Where that of the question was not measured, it is the one whose limit is nearest to it. None
    where nothing is asked, or there are no capacities.
    """
    asked = run.experiment.question
    known = objectives(summary)
    if asked is None or not known:
        return None

    def unlike(other: Objective) -> tuple[bool, float]:
        ratio = math.log(other.limit / asked.objective.limit)
        return other.percentile != asked.objective.percentile, abs(ratio)

    return replace(asked, objective=min(known, key=unlike))


def at_objective(summary: Summary, objective: Objective) -> tuple[CapacitySummary, ...]:
    """Return the capacities at an objective."""
    return tuple(each for each in summary.capacities if each.objective == objective)


def objectives(summary: Summary) -> tuple[Objective, ...]:
    """Return the objectives at which a run has capacities, by percentile and limit."""
    found = {each.objective for each in summary.capacities}
    return tuple(sorted(found, key=lambda each: (each.percentile, each.limit)))


def money(cost: ContenderCost, price: float) -> Money | None:
    """Return what the whole cores cost at a price per core-hour; None where none are known."""
    if cost.whole is None:
        return None
    per_hour = cost.rate * _SECONDS_PER_HOUR / _MILLION
    return Money(
        per_month=scaled(cost.whole, price * HOURS_PER_MONTH),
        per_million=scaled(cost.whole, price / per_hour),
    )


def quotient(number: float, divisor: Estimate) -> Estimate:
    """Return a number over an estimate: the largest divisor gives the smallest quotient.

    The cores of a rate are it over the capacity per core; 1 over CPU time per request is what a
    core serves. Over 0 it is infinite.
    """

    def over(value: float) -> float:
        return number / value if value > 0 else math.inf

    low, high = divisor.low, divisor.high
    return Estimate(
        value=over(divisor.value),
        low=None if high is None else over(high),
        high=None if low is None else over(low),
        rounds=tuple(map(over, divisor.rounds)),
    )


def whole_cores_of(cores: Estimate) -> Estimate:
    """Return cores rounded up, 1 at least, with the interval's ends likewise."""
    return _each_end(cores, _whole)


def _costs(at: Judged, question: Question, beside: Sequence[Judged]) -> Iterator[ContenderCost]:
    found = at_objective(at.summary, question.objective)
    memory = {each.name: each.footprint.peak_memory for each in at.summary.contenders}
    for scenario in dict.fromkeys(each.scenario for each in found):
        here = {each.contender: each for each in found if each.scenario == scenario}
        for name in at.run.experiment.scenarios[scenario].contenders:
            capacity = here.get(name)
            cost = ContenderCost(
                contender=name,
                scenario=scenario,
                objective=question.objective,
                rate=question.rate,
                headroom=question.headroom,
                capacity=capacity,
                scaling=None if capacity is None else scaling(capacity, at, beside),
            )
            yield _with_cores(cost, memory.get(name))


def _with_cores(cost: ContenderCost, memory: Estimate | None) -> ContenderCost:
    """Add cores, and what follows from them, where the capacity per core is known and not 0."""
    found, per_core = cost.capacity, cost.per_core
    if found is None or per_core is None or per_core.value <= 0:
        return cost
    needed = cost.rate / (1 - cost.headroom)
    cores = quotient(needed, per_core) if cost.scaling is None else cost.scaling.cores(needed)
    whole = whole_cores_of(cores)
    processes = _each_end(whole, lambda end: _processes(found, end))
    return replace(
        cost,
        cores=cores,
        whole=whole,
        memory=None if memory is None else _product(processes, scaled(memory, 1 / found.workers)),
        basis=_basis(cost, cores.value),
    )


def _basis(cost: ContenderCost, cores: float) -> Basis:
    if cores <= cost.measured_cores:
        return Basis.MEASURED
    if cost.scaling is None:
        return Basis.PROCESSES
    return Basis.LAW if cores <= cost.scaling.largest_server else Basis.SERVERS


def _processes(found: CapacitySummary, cores: float) -> float:
    """Return how many processes fill so many cores, each as many as it had when measured."""
    return _whole(cores * found.workers / found.cores)


def _whole(number: float) -> float:
    """Round up, to 1 at least; what is infinite stays so."""
    return float(max(1, math.ceil(number - _EXACT))) if math.isfinite(number) else number


def _each_end(given: Estimate, change: Callable[[float], float]) -> Estimate:
    """Return an estimate with its point and ends changed by what never falls."""
    low, high = (None if end is None else change(end) for end in (given.low, given.high))
    return Estimate(value=change(given.value), low=low, high=high, rounds=())


def _product(one: Estimate, other: Estimate) -> Estimate:
    """Return the product of two estimates above 0: the widest that their intervals allow."""
    low, high = (
        None if a is None or b is None else a * b
        for a, b in ((one.low, other.low), (one.high, other.high))
    )
    return Estimate(value=one.value * other.value, low=low, high=high, rounds=())
