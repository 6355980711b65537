"""Ratios between contenders over runs, and the change points of made-up series."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from clusterbench.measure.change_points import LEAST_RUNS, change_points, not_looked_for
from clusterbench.measure.ratio_history import history
from support.past_runs import past_run, past_runs

with_ruptures = pytest.mark.skipif(
    importlib.util.find_spec("ruptures") is None, reason="ruptures is not installed"
)


def noisy(levels: list[float], spread: float = 0.01, seed: int = 5) -> list[float]:
    rng = np.random.default_rng(seed)
    return [float(level * np.exp(rng.normal(0, spread))) for level in levels]


@with_ruptures
def test_a_change_of_level_is_found_where_it_was_made_and_as_large() -> None:
    runs = past_runs(noisy([0.05] * 8 + [0.055] * 7))
    series = history(runs, "cpu")
    assert series
    for each in series:
        assert [change.run for change in each.changes] == [runs[8].run.id]
        low, high = each.changes[0].change.ends or (0, 0)
        assert low < 1.1 < high
        assert each.changes[0].commit == f"{8:040x}"


@with_ruptures
def test_two_changes_are_found() -> None:
    assert change_points(noisy([1.0] * 8 + [1.2] * 6 + [1.0] * 8)) == (8, 14)


@with_ruptures
@pytest.mark.parametrize("runs", [LEAST_RUNS, 15, 40])
def test_in_noise_alone_hardly_ever_a_change_is_found(runs: int) -> None:
    found = [bool(change_points(noisy([1.0] * runs, 0.05, seed))) for seed in range(200)]
    assert sum(found) <= 10


@with_ruptures
def test_a_ratio_that_never_changes_has_no_change_point() -> None:
    assert change_points([1.0] * 12) == ()


def test_too_few_runs_are_not_looked_at_and_that_is_said() -> None:
    series = history(past_runs([0.05] * 3 + [0.2] * 4), "cpu")
    assert all(each.changes == () for each in series)
    assert all("8 runs or more, and there are 7" in each.why for each in series)


def test_without_the_package_it_is_said_why_nothing_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("clusterbench.measure.change_points.find_spec", lambda _name: None)
    assert "ruptures" in not_looked_for(20)
    series = history(past_runs([0.05] * 20), "cpu")
    assert all("ruptures" in each.why for each in series)


def test_ratios_are_of_cpu_time_or_of_throughput_within_each_run() -> None:
    (cpu,) = history([past_run(0, 0.05)], "cpu", "saturated")
    assert (cpu.numerator, cpu.denominator) == ("rust-tonic", "sklearn-grpc")
    assert cpu.points[0].ratio.value == pytest.approx(0.05)
    assert cpu.points[0].ratio.ends
    (throughput,) = history([past_run(0, 0.05)], "throughput", "saturated")
    assert throughput.points[0].ratio.value == pytest.approx(20)


def test_a_scenario_is_shown_at_its_highest_level() -> None:
    assert {(each.scenario, each.level) for each in history([past_run(0, 0.05)], "cpu")} == {
        ("predict", 128),
        ("saturated", 800),
    }


def test_runs_are_in_the_order_of_time_whatever_order_they_come_in() -> None:
    series = history(past_runs([0.05, 0.06, 0.07])[::-1], "cpu")
    assert [point.ratio.value for point in series[0].points] == pytest.approx([0.05, 0.06, 0.07])


def test_runs_of_another_host_are_a_series_of_their_own() -> None:
    runs = [past_run(0, 0.05), past_run(1, 0.05, host="another")]
    series = history(runs, "cpu", "predict")
    assert [len(each.points) for each in series] == [1, 1]


def test_a_run_without_a_known_commit_is_in_the_history_too() -> None:
    past = past_run(0, 0.05)
    unknown = past._replace(run=past.run.__class__(**{
        name: getattr(past.run, name) for name in past.run.__slots__ if name != "commit"
    }))  # fmt: skip
    assert history([unknown], "cpu")[0].points[0].commit is None
