"""What serving a rate within an objective takes, from capacities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.cost import Basis, ContenderCost, costs, money, objectives
from clusterbench.model.objective import in_milliseconds
from support.capacity_runs import TEN, capacity, capacity_run, capacity_summary, question

if TYPE_CHECKING:
    from clusterbench.model.capacity import CapacitySummary


def cost(found: CapacitySummary, rate: float = 10_000, headroom: float = 0.3) -> ContenderCost:
    run = capacity_run([found.contender], cores=found.cores)
    (made,) = costs(run, capacity_summary(run, [found]), question(rate, headroom))
    return made


def test_cores_are_the_rate_over_what_headroom_leaves_of_a_cores_capacity() -> None:
    made = cost(capacity(rounds=(2_000,)), rate=7_000, headroom=0.3)
    assert made.cores is not None
    assert made.cores.value == pytest.approx(5.0)
    assert (made.whole_cores, made.processes) == (5, 5)
    assert made.cores.ends is None
    assert made.whole is not None
    assert made.whole.ends is None


def test_whole_cores_are_rounded_up_and_never_fewer_than_one() -> None:
    assert cost(capacity(rounds=(2_000,)), rate=7_001).whole_cores == 6
    assert cost(capacity(rounds=(150_000,)), rate=1).whole_cores == 1


def test_the_most_capacity_gives_the_fewest_cores_and_the_least_the_most() -> None:
    made = cost(capacity(rounds=(1_900, 2_000, 2_100)))
    assert made.per_core is not None
    assert made.per_core.ends is not None
    assert made.cores is not None
    assert made.cores.ends is not None
    low, high = made.per_core.ends
    assert made.cores.ends == pytest.approx((10_000 / 0.7 / high, 10_000 / 0.7 / low))
    assert made.whole is not None
    assert made.whole.ends == tuple(map(math.ceil, made.cores.ends))


def test_a_capacity_that_may_be_nothing_leaves_the_cores_without_an_upper_end() -> None:
    made = cost(capacity(rounds=(0, 2_000, 2_100)))
    assert made.cores is not None
    assert made.cores.high == math.inf
    assert made.whole is not None
    assert made.whole.low is not None
    assert made.whole.high == math.inf
    assert not made.unmet
    spent = money(made, 0.04)
    assert spent is not None
    assert spent.per_month.high == math.inf


def test_a_lower_bound_of_capacity_is_an_upper_bound_of_cores() -> None:
    assert cost(capacity(lower_bound=True)).bound == "<="
    assert cost(capacity()).bound == ""


def test_an_objective_that_no_rate_met_has_no_cores_and_no_money() -> None:
    made = cost(capacity(rounds=(0, 0, 0)))
    assert made.unmet
    assert (made.cores, made.whole_cores, made.processes, made.memory) == (None,) * 4
    assert money(made, 0.04) is None


def test_a_contender_that_was_not_measured_is_there_without_cores() -> None:
    run = capacity_run(["sklearn-grpc", "rust-tonic"])
    first, second = costs(run, capacity_summary(run, [capacity("rust-tonic")]), question())
    assert (first.contender, first.capacity, first.cores) == ("sklearn-grpc", None, None)
    assert not first.unmet
    assert second.cores is not None


def test_processes_fill_as_many_cores_as_each_did_when_measured() -> None:
    four = cost(capacity(rounds=(8_000,), cores=4, workers=4), rate=14_000, headroom=0.0)
    assert (four.whole_cores, four.processes) == (7, 7)
    one = cost(capacity(rounds=(8_000,), cores=4, workers=1), rate=14_000, headroom=0.0)
    assert (one.whole_cores, one.processes) == (7, 2)


def test_memory_is_each_processs_share_of_the_measured_peak() -> None:
    run = capacity_run(["rust-tonic"], cores=2)
    found = capacity(rounds=(4_000,), cores=2, workers=2)
    summary = capacity_summary(run, [found])
    (made,) = costs(run, summary, question(7_000, 0.3))
    peak = summary.contenders[0].footprint.peak_memory
    assert peak is not None
    assert made.memory is not None
    assert made.processes == 5
    assert made.memory.value == pytest.approx(peak.value / 2 * 5)


def test_more_cores_than_were_measured_are_said_to_be_by_adding_processes() -> None:
    found = capacity(rounds=(8_000,), cores=4, workers=4)
    assert cost(found, rate=8_000, headroom=0.0).basis is Basis.MEASURED
    assert cost(found, rate=8_001, headroom=0.0).basis is Basis.PROCESSES


def test_money_is_the_price_of_the_whole_cores_by_month_and_by_million_requests() -> None:
    made = cost(capacity(rounds=(1_900, 2_000, 2_100)), rate=10_000)
    spent = money(made, 0.04)
    assert spent is not None
    assert made.whole_cores == 8
    assert spent.per_month.value == pytest.approx(8 * 0.04 * 730)
    assert spent.per_million.value == pytest.approx(8 * 0.04 / 36)
    assert made.whole is not None
    assert made.whole.ends == (7, 9)
    assert spent.per_month.ends == pytest.approx((7 * 0.04 * 730, 9 * 0.04 * 730))


def test_only_capacities_at_the_objective_that_is_asked_for_count() -> None:
    run = capacity_run(["rust-tonic"])
    five = in_milliseconds("p99", 5)
    summary = capacity_summary(run, [capacity(rounds=(100_000,), objective=five), capacity()])
    (made,) = costs(run, summary, question(objective=five))
    assert made.per_core is not None
    assert made.per_core.value == 100_000
    assert objectives(summary) == (five, TEN)
    assert costs(run, summary, question(objective=in_milliseconds("p50", 5))) == ()
