"""A window whose level goes up or down is told from one that is merely noisy."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from clusterbench.measure.drift import LARGE, SIGNIFICANT, drift, extent
from clusterbench.measure.settling import unsettled
from clusterbench.measure.trials_by_cell import MeasuredTrial
from clusterbench.measure.windows import figures
from clusterbench.model.samples import OK, Samples
from clusterbench.model.units import RequestsPerSecond
from support.factories import trial_record, turn_record
from support.samples import samples_of, timing

_TIMING = timing(1, 3)


def _paced(end: float, *, seed: int = 1, noise: float = 0.05, pause: bool = False) -> Samples:
    """A closed loop's responses over 4.2 s, whose rate goes from 2,000/s to `end` times that."""
    draw = np.random.default_rng(seed)
    edges = np.linspace(0, 4.2, 85)
    levels = 2000 * np.linspace(1, end, 84) * np.exp(draw.normal(0, noise, 84))
    if pause:
        levels[20:24] = 2
    ends = np.concatenate([
        draw.uniform(low, low + 0.05, int(level * 0.05) + 1)
        for low, level in zip(edges, levels, strict=False)
    ])  # fmt: skip
    return samples_of([(max(0.0, at - 0.001), at, OK) for at in ends.tolist()])


def test_a_throughput_that_rises_or_falls_is_drift_and_by_how_much() -> None:
    # The load goes on before and after the window, which has 3 of its 4.2 s.
    assert drift(_paced(1.3), _TIMING) == pytest.approx(0.3 / 1.15 * 3 / 4.2, abs=0.06)
    assert drift(_paced(0.7), _TIMING) == pytest.approx(-0.3 / 0.85 * 3 / 4.2, abs=0.06)


def test_a_steady_window_is_no_drift_though_it_is_noisy_or_has_a_pause() -> None:
    assert drift(_paced(1.0), _TIMING) == 0.0
    assert drift(_paced(1.0, pause=True), _TIMING) == 0.0


def test_a_trend_that_is_small_is_no_drift_however_certain() -> None:
    assert drift(_paced(1 + LARGE / 2, noise=0.0), _TIMING) == 0.0


def test_noise_alone_seldom_drifts() -> None:
    drifts = [drift(_paced(1.0, seed=seed, noise=0.2), _TIMING) for seed in range(400)]
    assert sum(bool(each) for each in drifts) <= 3 * SIGNIFICANT * len(drifts)


def test_of_a_schedule_it_is_the_latency_that_drifts() -> None:
    start = np.linspace(0, 4.2, 4200, endpoint=False)
    growing = Samples(
        origin=0.0, start=start, latency=0.001 * 2 ** (start / 3),
        status=np.zeros(start.size, dtype=np.int8), send_delay=np.zeros(start.size),
    )  # fmt: skip
    # It doubles within the window, of which the middles of its 12 parts see 11.
    assert drift(growing, _TIMING) == pytest.approx(2 ** (11 / 12) - 1, abs=0.001)
    assert drift(dataclasses.replace(growing, latency=np.full(start.size, 0.001)), _TIMING) == 0.0


def test_a_latency_that_falls_to_a_fiftieth_falls_by_less_than_all_of_it() -> None:
    start = np.linspace(0, 4.2, 4200, endpoint=False)
    fading = Samples(
        origin=0.0, start=start, latency=np.exp(-start * np.log(50) / 3),
        status=np.zeros(start.size, dtype=np.int8), send_delay=np.zeros(start.size),
    )  # fmt: skip
    assert drift(fading, _TIMING) == pytest.approx(50 ** (-11 / 12) - 1, abs=0.001)


def test_the_largest_drift_is_that_of_the_largest_factor_up_or_down() -> None:
    assert extent(-0.5) == pytest.approx(extent(1.0))
    assert max((0.9, -0.6, -0.1), key=extent) == -0.6


def test_it_is_unknown_where_a_part_has_no_response_or_the_list_ends_early() -> None:
    assert drift(samples_of([(0.0, 1.5, OK)]), _TIMING) is None
    assert drift(dataclasses.replace(_paced(1.3), truncated=True), _TIMING) is None


def test_the_figures_of_a_trial_have_its_drift() -> None:
    assert figures(_paced(1.3), _TIMING).drift == drift(_paced(1.3), _TIMING)


def test_a_trial_is_unsettled_where_its_own_stay_was_warmed_up_in_vain() -> None:
    trial = MeasuredTrial(
        trial_record(started="2030-01-01T00:01:00+00:00"), figures(_paced(1.0), _TIMING)
    )
    chunks = (RequestsPerSecond(1.0), RequestsPerSecond(2.0))
    vain = turn_record(warm_up=chunks, warm=False)
    assert unsettled([trial, trial], [vain]) == 2
    assert unsettled([trial], [dataclasses.replace(vain, warm=True)]) == 0
    assert unsettled([trial], [dataclasses.replace(vain, warm_up=())]) == 0
    later = dataclasses.replace(vain, started="2030-01-01T00:02:00+00:00")
    assert unsettled([trial], [dataclasses.replace(vain, warm=True), later]) == 0
    assert unsettled([trial], [dataclasses.replace(vain, contender="another")]) == 0
