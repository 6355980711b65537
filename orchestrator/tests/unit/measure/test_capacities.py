"""Capacities over rounds, and how many times that of the best server on Python each has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.capacities import capacities
from clusterbench.measure.startups import on_python
from clusterbench.measure.trials_by_cell import trials_by_cell
from clusterbench.model.capacity import CapacitySummary, FoundCapacity
from clusterbench.model.contender import Contender, Handler
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Loop
from clusterbench.model.objective import in_milliseconds
from clusterbench.model.records import Outcome
from clusterbench.model.trial import Cell
from clusterbench.model.units import RequestsPerSecond
from support import factories, trials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.records import RunRecord, TrialRecord

LIMIT = 10
PYTHON = ("slow", "faster")
NAMES = (*PYTHON, "rust")


def run(names: Sequence[str] = NAMES, *, cores: int = 1) -> RunRecord:
    """A run that searches for the capacity of these contenders at one objective."""
    made = factories.experiment(rounds=3)
    scenario = replace(
        made.scenarios["predict"], sweep=(LIMIT,), contenders=tuple(names), loop=Loop.OPEN
    )
    contenders = {name: Contender(name=name, service=name, title=name) for name in names}
    plan = replace(factories.cpu_plan(), server=CpuSet(tuple(range(cores))), server_capacity=cores)
    experiment = replace(made, scenarios={"predict": scenario}, contenders=contenders)
    return factories.run_record(experiment=experiment, plan=plan)


def found(rate: float, **changes: object) -> FoundCapacity:
    objective = in_milliseconds("p99", LIMIT)
    base = FoundCapacity(objective=objective, rate=RequestsPerSecond(rate))
    return replace(base, **changes)  # type: ignore[arg-type]


def summaries(
    record: RunRecord,
    rates: Mapping[str, Mapping[int, float | FoundCapacity]],
    python: Sequence[str] = PYTHON,
) -> dict[str, CapacitySummary]:
    """The capacities of a run that found these rates, round by round."""
    records: list[TrialRecord] = []
    for name, rounds in rates.items():
        for number, rate in rounds.items():
            capacity = rate if isinstance(rate, FoundCapacity) else found(rate)
            records.append(trials.trial(name, number, level=LIMIT, capacity=capacity))
    figures = {each.id: trials.figures_of(1000.0) for each in records}
    by_cell = trials_by_cell(record.experiment, records, figures)
    return {each.contender: each for each in capacities(record, by_cell, python)}


def test_a_capacity_is_over_rounds_and_per_core() -> None:
    of = summaries(run(cores=4), {"rust": {1: 100_000.0, 2: 110_000.0, 3: 121_000.0}})["rust"]
    assert of.capacity
    assert of.per_core
    assert of.capacity.value == pytest.approx(110_000.0)
    assert of.per_core.value == pytest.approx(27_500.0)
    assert of.capacity.low is not None
    assert of.cores == 4


def test_a_round_in_which_no_rate_held_counts_as_0_and_is_told() -> None:
    missed = found(0.0, why="at 10 requests/s p99 was 15 ms")
    of = summaries(run(), {"rust": {1: 4000.0, 2: missed, 3: 5000.0}})["rust"]
    assert (of.trials, of.unmet, of.never_met) == (3, 1, False)
    assert of.capacity
    assert of.capacity.rounds == (4000.0, 0.0, 5000.0)
    assert of.reasons == ("at 10 requests/s p99 was 15 ms",)
    assert not of.lower_bound


def test_a_round_that_failed_counts_in_no_capacity_and_its_reason_is_kept() -> None:
    record = run()
    records = [
        trials.trial("rust", 1, level=LIMIT, capacity=found(4000.0)),
        trials.trial("rust", 2, level=LIMIT, outcome=Outcome.FAILED, reason="it died"),
    ]
    by_cell = trials_by_cell(record.experiment, records, {records[0].id: trials.figures_of(1000.0)})
    (of,) = capacities(record, by_cell)
    assert (of.trials, of.unmet) == (1, 0)
    assert of.capacity
    assert of.capacity.rounds == (4000.0,)
    assert of.failures == ("round 2: it died",)


def test_where_every_round_failed_there_is_no_capacity_and_the_reasons_are_kept() -> None:
    record, cell = run(), Cell(contender="rust", scenario="predict", level=LIMIT)
    failed = [
        trials.trial("rust", number, level=LIMIT, outcome=Outcome.FAILED, reason="it died")
        for number in (1, 2)
    ]
    by_cell = trials_by_cell(record.experiment, failed, {})
    (of,) = capacities(record, by_cell, PYTHON, {cell: in_milliseconds("p99", LIMIT)})
    assert (of.contender, of.trials, of.capacity, of.per_core) == ("rust", 0, None, None)
    assert (of.never_met, of.lower_bound, of.ratio) == (False, False, None)
    assert of.failures == ("round 1: it died", "round 2: it died")


def test_a_cell_that_was_not_reached_has_no_capacity_yet() -> None:
    record, cell = run(), Cell(contender="rust", scenario="predict", level=LIMIT)
    by_cell = trials_by_cell(record.experiment, [], {})
    assert capacities(record, by_cell, PYTHON, {cell: in_milliseconds("p99", LIMIT)}) == ()


def test_each_is_compared_with_the_best_on_python_round_by_round() -> None:
    of = summaries(
        run(),
        {
            "slow": {1: 1000.0, 2: 2000.0},
            "faster": {1: 2000.0, 2: 4000.0},
            "rust": {1: 100_000.0, 2: 200_000.0},
        },
    )
    ratio = of["rust"].ratio
    assert ratio
    assert ratio.rounds == (50.0, 50.0)
    assert (of["rust"].than, of["rust"].bound) == ("faster", "")
    assert of["slow"].ratio
    assert of["slow"].ratio.value == pytest.approx(0.5)
    assert (of["faster"].than, of["faster"].ratio) == ("", None)


def test_a_round_without_a_capacity_of_both_has_no_ratio() -> None:
    of = summaries(run(), {"faster": {1: 2000.0, 3: 2000.0}, "rust": {1: 0.0, 2: 5.0, 3: 8000.0}})
    assert of["rust"].ratio
    assert of["rust"].ratio.rounds == (4.0,)


@pytest.mark.parametrize(
    ("rust", "python", "bound"),
    [(True, False, ">="), (False, True, "<="), (True, True, "unknown"), (False, False, "")],
)
def test_a_lower_bound_bounds_the_ratio(rust: bool, python: bool, bound: str) -> None:
    of = summaries(
        run(),
        {
            "faster": {1: found(2000.0, lower_bound=python)},
            "rust": {1: found(9000.0, lower_bound=rust)},
        },
    )
    assert of["rust"].bound == bound


@pytest.mark.parametrize(
    ("rates", "python"),
    [
        ({"rust": {1: 5.0}}, PYTHON),
        ({"slow": {1: 0.0}, "rust": {1: 5.0}}, PYTHON),
        ({"slow": {1: 4.0}, "rust": {1: 5.0}}, ()),
    ],
)
def test_without_a_capacity_on_python_there_is_no_ratio(
    rates: Mapping[str, Mapping[int, float]], python: Sequence[str]
) -> None:
    assert summaries(run(), rates, python)["rust"].ratio is None


def test_a_no_op_handler_is_not_the_best_on_python() -> None:
    record = run()
    noop = replace(record.experiment.contenders["faster"], handler=Handler.NOOP)
    contenders = {**record.experiment.contenders, "faster": noop}
    record = replace(record, experiment=replace(record.experiment, contenders=contenders))
    of = summaries(record, {"slow": {1: 1.0}, "faster": {1: 9.0}, "rust": {1: 5.0}})
    assert of["rust"].than == "slow"


def test_a_server_runs_on_python_by_its_own_word() -> None:
    turns = [
        trials.turn("slow", 1, startup={"versions": {"python": "3.13", "grpcio": "1.85"}}),
        trials.turn("rust", 1, startup={"versions": {"tonic": "0.14"}}),
        trials.turn("odd", 1, startup={"versions": "python"}),
        trials.turn("silent", 1),
    ]
    assert on_python(turns) == {"slow"}
