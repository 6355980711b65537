"""Several metrics decide at the false alarms of one."""

from __future__ import annotations

import numpy as np
import pytest

from clusterbench.measure.holm import levels


def test_the_least_chance_is_judged_the_most_strictly_up_to_the_first_that_is_no_finding() -> None:
    found = levels({"a": 0.2, "b": 0.001, "c": 0.02, "d": 0.03}, 0.06)
    assert found == pytest.approx({"b": 0.015, "c": 0.02, "d": 0.03, "a": 0.06})
    found = levels({"a": 0.2, "b": 0.001, "c": 0.03, "d": 0.03}, 0.06)
    assert found == pytest.approx({"b": 0.015, "c": 0.02, "d": 0.02, "a": 0.02})
    assert levels({}, 0.05) == {}


def test_any_of_several_metrics_is_a_false_alarm_as_seldom_as_one() -> None:
    draw = np.random.default_rng(3)
    alarms = 0
    for _ in range(4000):
        chances = dict(zip("abc", draw.uniform(size=3).tolist(), strict=True))
        judged = levels(chances, 0.05)
        alarms += any(chances[name] <= level for name, level in judged.items())
    assert 0.04 < alarms / 4000 < 0.06
