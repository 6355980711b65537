"""Made-up runs of loads at a rate and of searches for a capacity, for reports."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate, scaled
from clusterbench.model.capacity import CapacitySummary
from clusterbench.model.experiment import Loop
from clusterbench.model.objective import Question, in_milliseconds
from clusterbench.model.trial import Limit
from clusterbench.model.units import RequestsPerSecond
from support import reported_runs as runs
from support import summaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

SHARES, LIMITS = (10, 25, 50, 75, 90), (5, 10, 50)
#: The send delay's p99 of every cell at a rate (s).
DELAY = 0.00012
_SPREAD = {"p50": 0.7, "p90": 2.3, "p95": 3.0, "p99": 4.6, "max": 9.0, "mean": 1.0}


def at_rate(sweep: Sequence[int] = SHARES, contenders: Iterable[str] = runs.THREE) -> Scenario:
    """A schedule at shares of the saturated throughput."""
    made = runs.scenario("at-rate", generator="grpc-load", sweep=sweep, contenders=contenders)
    load = {"kind": "share-of-saturated", "of": "predict-saturated"}
    return replace(made, load=load, loop=Loop.OPEN)


def capacity(
    limits: Sequence[int] = LIMITS, contenders: Iterable[str] = runs.THREE, **load: str | float
) -> Scenario:
    """A search for the capacity within p99 of so many milliseconds."""
    made = runs.scenario("capacity", generator="grpc-load", sweep=limits, contenders=contenders)
    kind = {"kind": "capacity", "of": "predict-saturated", **load}
    return replace(made, load=kind, loop=Loop.OPEN)


def run(scenarios: Iterable[Scenario] | None = None, *, rounds: int = 3) -> RunRecord:
    """A run of a sweep, of what saturates servers, of rates, and of capacities; with a question."""
    made = runs.run(scenarios or (*runs.STANDARD, at_rate(), capacity()), rounds=rounds)
    question = Question(
        objective=in_milliseconds("p99", 10), rate=RequestsPerSecond(10_000.0), headroom=0.3
    )
    return replace(made, experiment=replace(made.experiment, question=question))


def cell_at_rate(scenario: Scenario, name: str, share: int, rounds: int) -> CellSummary:
    """A cell at a share of what the server can do: a queue, whose delay grows with the load."""
    rng = random.Random(f"{name} {share}")  # noqa: S311 - made-up numbers
    able = summaries.CAPACITY[name]
    busy = share / 100
    mean = 1 / able / (1 - busy) + 0.0002
    rate = summaries.spread(able * busy, rounds, rng)
    base = summaries.cell(scenario, name, share, rounds)
    return replace(
        base,
        throughput=rate,
        latency={k: summaries.spread(mean * v, rounds, rng, 0.08) for k, v in _SPREAD.items()},
        error_rate=summaries.spread(0.0, rounds, rng),
        server_share=summaries.spread(busy, rounds, rng, 0.01),
        generator_share=summaries.spread(min(0.97, able * busy * 4e-6), rounds, rng, 0.01),
        limit=Limit.NEITHER,
        lower_bound=False,
        held_back=None,
        truncated=False,
        rate=rate,
        send_delay={k: summaries.spread(DELAY * v, rounds, rng) for k, v in _DELAYS.items()},
    )


_DELAYS = {"p50": 0.4, "p99": 1.0}


def capacity_summary(
    name: str, limit: int, rates: Sequence[float], *, cores: int = 1, scenario: str = "capacity"
) -> CapacitySummary:
    """A capacity that was found so large in each round."""
    found = estimate(rates)
    return CapacitySummary(
        contender=name,
        scenario=scenario,
        objective=in_milliseconds("p99", limit),
        trials=len(rates),
        cores=cores,
        workers=cores,
        capacity=found,
        per_core=scaled(found, 1 / cores),
        lower_bound=False,
        unmet=sum(not rate for rate in rates),
    )


def found(scenario: Scenario, rounds: int) -> list[CapacitySummary]:
    """The capacities of a scenario: larger the more latency is allowed."""
    made = []
    for name in scenario.contenders:
        for limit in scenario.sweep:
            able = summaries.CAPACITY[name] * (1 - 1 / (1 + limit))
            rates = [able * (1 + 0.02 * number) for number in range(rounds)]
            made.append(capacity_summary(name, limit, rates, scenario=scenario.name))
    return made


def summary(record: RunRecord) -> Summary:
    """What such a run found."""
    rounds = record.experiment.rounds
    cells: list[CellSummary] = []
    capacities: list[CapacitySummary] = []
    for scenario in record.experiment.scenarios.values():
        of = {"share-of-saturated": cell_at_rate, "capacity": _cell_of_capacity}
        make = of.get(scenario.load["kind"], summaries.cell)
        cells += [
            make(scenario, name, level, rounds)
            for name in scenario.contenders
            for level in scenario.sweep
        ]
        if scenario.load["kind"] == "capacity":
            capacities += found(scenario, rounds)
    return replace(summaries.summary(record, cells), capacities=tuple(capacities))


def _cell_of_capacity(scenario: Scenario, name: str, limit: int, rounds: int) -> CellSummary:
    return replace(
        cell_at_rate(scenario, name, round(100 - 100 / (1 + limit)), rounds), level=limit
    )
