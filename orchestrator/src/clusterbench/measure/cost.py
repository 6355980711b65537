"""What serving a rate within a latency objective takes: cores, processes, memory, money. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.model.capacity import CapacitySummary
from clusterbench.model.interval import Estimate
from clusterbench.model.numbers import UPPER
from clusterbench.model.objective import Objective
from clusterbench.model.units import RequestsPerSecond

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """What a number of cores rests on: no more than were measured, or how it goes beyond them."""

    MEASURED = "as measured"
    PROCESSES = "by adding processes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContenderCost:
    """What a contender needs to serve `rate` (requests/s) within `objective`.

    `headroom` is the share of its capacity that stays free. `capacity` is what was measured, None
    where that is nothing. `cores` is how many cores it needs, with a fraction; its interval is from
    that of the capacity per core, and its high end infinite where that one reaches 0. `whole_cores`
    and `processes` are rounded up, 1 at least; `most_cores` and `least_cores` are the interval's
    ends rounded up, None where there is no such end. `memory` is in bytes, all processes together.
    All of these are None where nothing was measured, or no rate that was tried met the objective.
    """

    contender: str
    scenario: str
    objective: Objective
    rate: RequestsPerSecond
    headroom: float
    capacity: CapacitySummary | None = None
    cores: Estimate | None = None
    whole_cores: int | None = None
    least_cores: int | None = None
    most_cores: int | None = None
    processes: int | None = None
    memory: Estimate | None = None
    basis: Basis = Basis.MEASURED

    @property
    def per_core(self) -> Estimate | None:
        """Return the capacity per core (requests/s)."""
        return None if self.capacity is None else self.capacity.per_core

    @property
    def bound(self) -> str:
        """Return `<=` where the capacity is a lower bound: so many cores, or fewer."""
        return UPPER if self.capacity is not None and self.capacity.lower_bound else ""

    @property
    def unmet(self) -> bool:
        """Return whether it was measured, and no rate that was tried met the objective."""
        return self.capacity is not None and self.capacity.unmet == self.capacity.trials > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What whole cores cost, in the currency of the price per core-hour."""

    per_month: Estimate
    per_million: Estimate


def costs(run: RunRecord, summary: Summary, question: Question) -> tuple[ContenderCost, ...]:
    """Return what each contender needs, in the order of the scenarios that asked for capacities.

    A contender of such a scenario that has no capacity at the objective is among them. Empty
    where none has one.
    """
    return tuple(_costs(run, summary, question))


def at_objective(summary: Summary, objective: Objective) -> tuple[CapacitySummary, ...]:
    """Return the capacities at an objective."""
    return tuple(each for each in summary.capacities if each.objective == objective)


def objectives(summary: Summary) -> tuple[Objective, ...]:
    """Return the objectives at which a run has capacities, by percentile and limit."""
    found = {each.objective for each in summary.capacities}
    return tuple(sorted(found, key=lambda each: (each.percentile, each.limit)))


def money(cost: ContenderCost, price: float) -> Money | None:
    """Return what the whole cores cost at a price per core-hour; None where none are known."""
    if cost.whole_cores is None:
        return None
    ends = cost.cores is not None and cost.cores.low is not None
    low = float(cost.least_cores) if cost.least_cores is not None else None
    high = float(cost.most_cores) if cost.most_cores is not None else math.inf if ends else None
    cores = Estimate(value=float(cost.whole_cores), low=low, high=high, rounds=())
    per_hour = cost.rate * _SECONDS_PER_HOUR / _MILLION
    return Money(
        per_month=_times(cores, price * HOURS_PER_MONTH),
        per_million=_times(cores, price / per_hour),
    )


def _costs(run: RunRecord, summary: Summary, question: Question) -> Iterator[ContenderCost]:
    found = at_objective(summary, question.objective)
    memory = {each.name: each.peak_memory for each in summary.contenders}
    for scenario in dict.fromkeys(each.scenario for each in found):
        here = {each.contender: each for each in found if each.scenario == scenario}
        for name in run.experiment.scenarios[scenario].contenders:
            cost = ContenderCost(
                contender=name,
                scenario=scenario,
                objective=question.objective,
                rate=question.rate,
                headroom=question.headroom,
                capacity=here.get(name),
            )
            yield _with_cores(cost, memory.get(name))


def _with_cores(cost: ContenderCost, memory: Estimate | None) -> ContenderCost:
    """Add cores, and what follows from them, where the capacity per core is known and not 0."""
    found, per_core = cost.capacity, cost.per_core
    if found is None or per_core is None or per_core.value <= 0:
        return cost
    cores = _inverse(per_core, cost.rate / (1 - cost.headroom))
    beyond = cores.value > found.cores
    return replace(
        cost,
        cores=cores,
        whole_cores=_whole(cores.value),
        least_cores=_whole(cores.low),
        most_cores=_whole(cores.high),
        processes=_processes(found, cores.value),
        memory=None if memory is None else _memory(found, cores, memory),
        basis=Basis.PROCESSES if beyond else Basis.MEASURED,
    )


def _inverse(per_core: Estimate, rate: float) -> Estimate:
    """Return the cores of a rate: the most capacity per core gives the fewest."""

    def cores(capacity: float) -> float:
        return rate / capacity if capacity > 0 else math.inf

    low, high = per_core.low, per_core.high
    return Estimate(
        value=cores(per_core.value),
        low=None if high is None else cores(high),
        high=None if low is None else cores(low),
        rounds=tuple(map(cores, per_core.rounds)),
    )


def _processes(found: CapacitySummary, cores: float) -> int | None:
    """Return how many processes fill so many cores, each as many as it had when measured."""
    return _whole(cores * found.workers / found.cores)


def _memory(found: CapacitySummary, cores: Estimate, peak: Estimate) -> Estimate:
    """Return the memory of the processes (bytes): each one's share of the measured peak."""

    def memory(each: float | None, of: float | None) -> float | None:
        if each is None or of is None:
            return None
        processes = _processes(found, each)
        return math.inf if processes is None else of / found.workers * processes

    value = memory(cores.value, peak.value)
    return Estimate(
        value=math.inf if value is None else value,
        low=memory(cores.low, peak.low),
        high=memory(cores.high, peak.high),
        rounds=(),
    )


def _whole(number: float | None) -> int | None:
    """Round up to 1 at least; None where there is no finite number."""
    if number is None or not math.isfinite(number):
        return None
    return max(1, math.ceil(number - _EXACT))


def _times(given: Estimate, by: float) -> Estimate:
    low, high = (None if end is None else end * by for end in (given.low, given.high))
    return Estimate(value=given.value * by, low=low, high=high, rounds=())
