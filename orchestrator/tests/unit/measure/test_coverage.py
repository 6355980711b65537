"""Intervals hold what they estimate, on noise that was recorded; those of a wrong method do not.

Seeds are fixed. `benchmarks/coverage.py` prints the whole table, of more comparisons and runs.
"""

from __future__ import annotations

import numpy as np
import pytest

from clusterbench.measure.resampling import BlockNoise, compared_until_precise, smoothed
from support.coverage import compare_row, plan, pooled_row, run_rows
from support.recorded_noise import recorded

NAMES = sorted(recorded())

#: By how much instances of one image differ, as measured.
INSTANCE = 0.02


@pytest.mark.parametrize("name", NAMES)
def test_a_comparison_holds_the_truth_and_sees_a_change_of_5_percent(name: str) -> None:
    row = compare_row(recorded()[name], INSTANCE, 250)
    assert row.holds > 0.92
    assert row.alarms < 0.08
    assert row.found > 0.95
    # A block takes some 10 s.
    assert row.blocks <= 12


@pytest.mark.parametrize("name", NAMES)
def test_slices_taken_for_independent_ones_would_not_hold_the_truth(name: str) -> None:
    assert pooled_row(recorded()[name], INSTANCE, 1000) < 0.92


@pytest.mark.parametrize("name", NAMES)
def test_a_ratio_of_a_run_holds_the_truth_and_a_figure_holds_its_own_time_only(name: str) -> None:
    ratio, own_time, other_time = run_rows(recorded()[name], 600).values()
    assert all(0.92 < share < 0.975 for share in ratio)
    assert all(share > 0.93 for share in own_time)
    assert other_time[-1] < 0.9


def test_a_comparison_ends_when_it_is_precise_and_not_before_its_least_blocks() -> None:
    quiet = [np.full(20, 0.001 * number) for number in range(9)]
    assert len(compared_until_precise(plan(), quiet).rounds) == plan().least_blocks
    loud = [np.full(20, 0.1 * number) for number in range(-4, 5)]
    assert len(compared_until_precise(plan(), loud).rounds) == len(loud)
    with pytest.raises(ValueError, match="two blocks"):
        compared_until_precise(plan(), [])


def test_drawn_noise_spreads_as_the_recorded_does() -> None:
    noise = recorded()["rust-tonic"].pairs
    random = np.random.default_rng(2)
    drawn = BlockNoise(pairs=noise, instance=0.0).draw(4000, random)
    assert drawn.std() == pytest.approx(noise.std(axis=1, ddof=1).mean(), rel=0.1)
    assert drawn.mean() == pytest.approx(0.0, abs=0.002)
    levels = BlockNoise(pairs=noise, instance=0.5).draw(4000, random).mean(axis=1)
    assert levels.std() == pytest.approx(0.5, rel=0.05)
    values = recorded()["rust-tonic"].levels.ravel()
    assert smoothed(values, (20000,), random).std() == pytest.approx(values.std(), rel=0.03)
