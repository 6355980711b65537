"""What a comparison of a contender with itself, and runs of one host, say of noise."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from clusterbench.measure.compare_verdicts import compared
from clusterbench.measure.estimates import estimate
from clusterbench.measure.host_noise import false_alarms, noise, smallest, visible
from clusterbench.measure.run_noise import Spread, run_noise
from clusterbench.model.calibration import Noise
from clusterbench.model.compare_plan import Arm
from clusterbench.model.trial import Limit
from clusterbench.model.units import Seconds
from support.comparisons import compare_plan, slice_record
from support.factories import experiment
from support.summaries import cell as cell_summary

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.slices import SliceRecord

_PLAN = replace(compare_plan(), pairs=20, metrics=(), fail_over=None)


def itself(*, slices: float, instances: float, blocks: int = 60) -> list[SliceRecord]:
    """A contender beside itself, whose CPU time spreads by this."""
    draw, found = np.random.default_rng(4), []
    for block in range(blocks):
        for arm in Arm:
            level = draw.normal(0, instances / math.sqrt(2))
            for pair in range(20):
                cost = math.exp(level + draw.normal(0, slices / math.sqrt(2)))
                made = slice_record(block=block, pair=pair, arm=arm, cpu=Seconds(0.004 * cost))
                found.append(made)
    return found


def test_noise_is_told_level_by_level() -> None:
    records = itself(slices=0.1, instances=0.03)
    found = compared(_PLAN, records, seconds=600.0)
    runs = {("a", "cpu"): Spread(round=0.05, run=0.02, rounds=3, runs=4)}
    (cpu,) = [each for each in noise("a", found, runs) if each.metric == "cpu"]
    assert cpu.slice == pytest.approx(0.1, rel=0.1)
    assert cpu.instance == pytest.approx(0.03, rel=0.35)
    assert (cpu.round, cpu.run, cpu.blocks, cpu.rounds, cpu.runs) == (0.05, 0.02, 60, 3, 4)


def test_what_is_visible_is_found_in_80_of_100_cases() -> None:
    spread, number = 0.1, 5
    least = smallest(spread, number)
    draw = np.random.default_rng(5)
    logs = draw.normal(math.log1p(least), spread, size=(4000, number))
    seen = [(estimate(np.exp(each).tolist()).low or 0) > 1 for each in logs]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.04)


def test_more_rounds_and_more_minutes_see_smaller_differences() -> None:
    found = compared(_PLAN, itself(slices=0.1, instances=0.03, blocks=12), seconds=120.0)
    known = Noise(contender="a", metric="cpu", round=0.05)
    shown = [*visible([known], found)]
    rounds = [each.difference for each in shown if each.rounds]
    minutes = {each.minutes: each.difference for each in shown if each.minutes}
    assert rounds == sorted(rounds, reverse=True)
    assert list(minutes) == [1.0, 2.0, 5.0]
    assert minutes[5.0] < minutes[2.0] < minutes[1.0] < 0.1
    slow = replace(found, seconds=1200.0)
    assert [each.minutes for each in visible([known], slow) if each.minutes] == [5.0]


def test_a_contender_seldom_differs_from_itself() -> None:
    records = itself(slices=0.1, instances=0.02, blocks=12)
    found = compared(_PLAN, records, seconds=120.0)
    alarms = false_alarms("a", _PLAN, records, found)
    assert alarms is not None
    assert alarms.comparisons >= 100
    assert alarms.share < 0.09
    assert false_alarms("a", _PLAN, [], compared(_PLAN, [], seconds=0.0)) is None


# --------------------------------------------------------------------------- rounds and runs


def _cells(*rounds: float, level: int = 800, **changes: object) -> list[CellSummary]:
    made = cell_summary(experiment().scenarios["saturated"], "rust-tonic", level)
    given: dict[str, Any] = {
        "throughput": estimate(rounds),
        "cpu_per_request": estimate(rounds),
        "limit": Limit.SERVER_BOUND,
        "lower_bound": False,
    }
    return [replace(made, **given | changes)]


def _drawn(*, rounds: float, runs: float, seed: int) -> list[CellSummary]:
    draw = np.random.default_rng(seed)
    level = draw.normal(0, runs)
    return _cells(*np.exp(level + draw.normal(0, rounds, 5)).tolist())


def test_runs_spread_by_what_their_rounds_do_not_explain() -> None:
    spread = run_noise([_drawn(rounds=0.05, runs=0.1, seed=seed) for seed in range(200)])
    found = spread["rust-tonic", "throughput"]
    assert found.round == pytest.approx(0.05, rel=0.1)
    assert found.run == pytest.approx(0.1, rel=0.2)
    assert (found.rounds, found.runs) == (5, 200)
    quiet = run_noise([_drawn(rounds=0.05, runs=0.0, seed=seed) for seed in range(200)])
    assert (quiet["rust-tonic", "cpu"].run or 0) < 0.02


def test_the_spread_of_runs_is_that_of_all_contenders_together() -> None:
    draws = [_drawn(rounds=0.05, runs=0.1, seed=seed) for seed in range(200)]
    quiet = [_drawn(rounds=0.05, runs=0.0, seed=seed) for seed in range(200)]
    both = [
        [*drawn, *(replace(each, contender="another") for each in still)]
        for drawn, still in zip(draws, quiet, strict=True)
    ]
    found = run_noise(both)
    assert found["another", "cpu"].run == found["rust-tonic", "cpu"].run
    assert found["another", "cpu"].run == pytest.approx(0.1 / math.sqrt(2), rel=0.2)


def test_of_one_run_the_spread_of_runs_is_not_known_and_lower_bounds_say_nothing() -> None:
    assert run_noise([_cells(1.0, 1.1)])["rust-tonic", "cpu"].run is None
    assert run_noise([_cells(1.0)])["rust-tonic", "cpu"].round is None
    assert run_noise([_cells(1.0, 1.1, lower_bound=True)]) == {}


def test_latencies_count_where_a_schedule_was_kept() -> None:
    latency = {"p50": estimate([1.0, 1.1]), "p99": estimate([2.0, 2.5])}
    found = run_noise([_cells(1.0, 1.0, rate=estimate([5.0, 5.0]), latency=latency)])
    assert {metric for _, metric in found} == {"p50", "p99"}
