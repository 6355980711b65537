"""What a contender does on more cores, where runs measured it on several counts. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from clusterbench.measure.estimates import student_t
from clusterbench.measure.usl import LEAST_COUNTS, Law, fit, residual
from clusterbench.model.contender import WORKERS
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from clusterbench.measure.claim_evidence import Judged
    from clusterbench.model.capacity import CapacitySummary
    from clusterbench.model.contender import Contender
    from clusterbench.model.objective import Objective

#: One server is extrapolated to so many times the cores that were measured, and no farther.
FARTHEST = 2
CAPACITY, SATURATED = "capacity", "saturated throughput"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingPoint:
    """What was measured on so many cores (requests/s): `residual` is the share above the law."""

    cores: int
    rate: Estimate
    residual: float
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreScaling:
    """A contender's law, fitted to `points` on three numbers of cores or more.

    `of` says what was fitted: capacities at the objective, or saturated throughputs, whose shape
    then goes through the capacity. `by_round` has the law of each round alone.
    """

    law: Law
    of: str
    points: tuple[ScalingPoint, ...]
    by_round: tuple[Law, ...]

    @property
    def most_cores(self) -> int:
        """Return the largest number of cores that was measured."""
        return self.points[-1].cores

    @property
    def largest_server(self) -> int:
        """Return the most cores that one server is taken to have: FARTHEST, or the law's peak."""
        return max(1, math.floor(min(FARTHEST * self.most_cores, self.law.peak)))

    def cores(self, rate: float) -> Estimate:
        """Return the cores that do a rate (requests/s), of one server or of several.

        The interval is Student's t over the rounds' own laws, on the logarithm, as `estimate` has
        it, around the law of the estimates.
        """
        value = self._cores(self.law, rate)
        rounds = tuple(self._cores(law, rate) for law in self.by_round)
        if len(rounds) <= 1:
            return Estimate(value=value, low=None, high=None, rounds=rounds)
        half = student_t(len(rounds) - 1) * float(stats.sem(np.log(rounds)))
        return Estimate(
            value=value, low=value * math.exp(-half), high=value * math.exp(half), rounds=rounds
        )

    def _cores(self, law: Law, rate: float) -> float:
        """Return the cores of the largest servers that are full, and of one for the rest."""
        full, rest = divmod(rate, law.rate(self.largest_server))
        return full * self.largest_server + law.cores(rest)


def scaling(of: CapacitySummary, at: Judged, beside: Sequence[Judged] = ()) -> CoreScaling | None:
    """Return the law of a contender's capacity from its run, and other runs of the same host.

    None where there are fewer than three numbers of cores, or they settle none. Lower bounds, and
    capacities of which a trial met no objective, are left out: they are not the server's.
    """
    contender = at.run.experiment.contenders[of.contender]
    runs = [at, *(each for each in beside if _same_host(at, each))]
    for what, rates in (
        (CAPACITY, _capacities(runs, contender, of.scenario, of.objective)),
        (SATURATED, _saturated(runs, contender, of, at)),
    ):
        found = _fitted(what, rates)
        if found is not None:
            return found if what == CAPACITY else _through(found, of)
    return None


#: What was measured on a number of cores, and in which run.
_Rates = dict[int, tuple[Estimate, str]]


def _fitted(what: str, rates: _Rates) -> CoreScaling | None:
    """Fit a law to the estimates, and one to each round that every number of cores has."""
    if len(rates) < LEAST_COUNTS:
        return None
    law = fit([(cores, rate.value) for cores, (rate, _) in rates.items()])
    rounds = min(len(rate.rounds) for rate, _ in rates.values())
    by_round = [
        fit([(cores, rate.rounds[n]) for cores, (rate, _) in rates.items()]) for n in range(rounds)
    ]
    if law is None:
        return None
    points = tuple(
        ScalingPoint(cores=cores, rate=rate, residual=residual(law, cores, rate.value), run=run)
        for cores, (rate, run) in sorted(rates.items())
    )
    return CoreScaling(
        law=law,
        of=what,
        points=points,
        by_round=tuple(each for each in by_round if each is not None),
    )


def _through(shape: CoreScaling, of: CapacitySummary) -> CoreScaling | None:
    """Return the law of saturated throughputs, made to go through the capacity."""
    capacity = of.capacity
    if capacity is None or capacity.value <= 0 or of.lower_bound:
        return None
    rounds = zip(shape.by_round, (rate for rate in capacity.rounds if rate > 0), strict=False)
    return replace(
        shape,
        law=shape.law.through(of.cores, capacity.value),
        by_round=tuple(law.through(of.cores, rate) for law, rate in rounds),
    )


def _capacities(
    runs: Sequence[Judged], contender: Contender, scenario: str, objective: Objective
) -> _Rates:
    found = (
        (each.run.experiment.contenders[c.contender], c.cores, c.capacity, each.run.id)
        for each in runs
        for c in each.summary.capacities
        if c.scenario == scenario and c.objective == objective and not c.lower_bound and not c.unmet
    )
    return _by_cores(contender, found)


def _saturated(
    runs: Sequence[Judged], contender: Contender, of: CapacitySummary, at: Judged
) -> _Rates:
    method = at.run.experiment.scenarios[of.scenario].method
    return _by_cores(contender, _saturated_cells(runs, method))


def _saturated_cells(runs: Sequence[Judged], method: str) -> Iterator[_Point]:
    """Yield what each contender did at most, in scenarios of one level that saturate servers."""
    for each in runs:
        experiment, plan = each.run.experiment, each.run.plan
        for cell in each.summary.cells:
            scenario = experiment.scenarios[cell.scenario]
            one = scenario.saturates and len(scenario.sweep) == 1 and scenario.method == method
            if one and not cell.lower_bound:
                contender = experiment.contenders[cell.contender]
                yield contender, contender.capacity(plan), cell.throughput, each.run.id


_Point = tuple["Contender", int, Estimate | None, str]


def _by_cores(contender: Contender, found: Iterator[_Point]) -> _Rates:
    """Return the rates of what is the same as a contender, the first of each number of cores.

    Where some of them have one worker per core, those of one process count on one core alone.
    """
    same = [point for point in found if _same(point[0]) == _same(contender)]
    per_core = any(point[0].per_core for point in same)
    rates: _Rates = {}
    for each, cores, rate, run in same:
        fits = each.per_core or cores == 1 or not per_core
        if fits and rate is not None and min(rate.rounds) > 0:
            rates.setdefault(cores, (rate, run))
    return rates


def _same(contender: Contender) -> Hashable:
    """Return what contenders have in common that differ in nothing but their cores.

    One worker per core, and one process on one core, are the same.
    """
    environment: Mapping[str, str] = contender.environment
    told = {k: v for k, v in environment.items() if not (contender.per_core and k == WORKERS)}
    return (
        contender.service,
        contender.variant,
        contender.image,
        contender.command,
        contender.handler,
        contender.model,
        contender.edition,
        tuple(sorted(told.items())),
    )


def _same_host(one: Judged, other: Judged) -> bool:
    return one.run.fingerprint.host == other.run.fingerprint.host
