from __future__ import annotations

import pytest

from clusterbench.measure.times import time_spent
from clusterbench.model.records import Outcome
from clusterbench.model.units import Seconds
from support.trials import FAST, trial, turn


def test_a_turns_wall_time_is_split_into_window_warm_up_and_the_rest_by_step() -> None:
    spent = time_spent([turn(FAST, 1), trial(FAST, 1), trial(FAST, 1, level=128)])
    assert spent.window == pytest.approx(10.0)
    assert spent.warm_up == pytest.approx(9.0 + 2 * 1.5)
    assert spent.other == pytest.approx(0.5 + 0.25 + 0.25 + 2 * 0.6)
    assert spent.wall == pytest.approx(10.0 + 7.1 * 2)
    assert spent.share_other == pytest.approx(spent.other / spent.wall)
    assert set(spent.steps) == {"start", "parity", "stop", "collect"}
    assert spent.steps["start"] == pytest.approx(0.5)
    assert spent.steps["collect"] == pytest.approx(2 * 0.6)
    assert sum(spent.steps.values()) == pytest.approx(spent.other)


def test_a_failed_trials_time_is_neither_window_nor_warm_up() -> None:
    steps = {"failed": Seconds(7.1)}
    spent = time_spent([trial(FAST, 1, outcome=Outcome.FAILED, reason="it died", steps=steps)])
    assert (spent.window, spent.warm_up) == (0.0, 0.0)
    assert spent.other == spent.wall == 7.1
    assert spent.steps == steps


def test_a_step_of_no_time_to_speak_of_is_not_named() -> None:
    steps = {"window": Seconds(5.0), "collect": Seconds(2.66e-15)}
    assert time_spent([trial(FAST, 1, steps=steps)]).steps == {}


def test_nothing_recorded_took_no_time() -> None:
    spent = time_spent([])
    assert spent.wall == 0.0
    assert spent.share_other == 0.0
