"""When an interval of a comparison is narrow enough."""

from __future__ import annotations

import pytest

from clusterbench.measure.precision import precise
from clusterbench.model.interval import Estimate
from support.comparisons import compare_plan


def interval(value: float, half: float) -> Estimate:
    return Estimate(value=value, low=value / (1 + half), high=value * (1 + half), rounds=())


@pytest.mark.parametrize(
    ("found", "is_precise"),
    [
        (interval(1.0, 0.019), True),
        (interval(1.0, 0.03), False),
        (interval(1.5, 0.03), True),  # a quarter of the change is more than that
        (None, False),
        (Estimate(value=1.0, low=None, high=None, rounds=(1.0,)), False),
    ],
)
def test_an_interval_is_narrow_by_itself_or_beside_its_change(
    found: Estimate | None, *, is_precise: bool
) -> None:
    assert precise(compare_plan(precision=0.02), found) is is_precise


def test_where_no_precision_is_asked_for_none_is_reached_however_large_the_change() -> None:
    for found in (interval(1.0, 0.0), interval(1.5, 0.001)):
        assert not precise(compare_plan(precision=0.0), found)
