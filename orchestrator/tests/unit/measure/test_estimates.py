from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterbench.measure.estimates import estimate, student_t

_POSITIVE = st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=8)


def test_the_interval_is_student_t_over_the_rounds() -> None:
    found = estimate([9.0, 10.0, 11.0], positive=False)
    half = 4.302653 * 1.0 / math.sqrt(3)  # t(0.975, 2), from any printed table
    assert found.value == pytest.approx(10.0)
    assert found.low == pytest.approx(10.0 - half)
    assert found.high == pytest.approx(10.0 + half)
    assert found.rounds == (9.0, 10.0, 11.0)


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.706), (2, 4.303), (4, 2.776), (30, 2.042)])
def test_quantiles_are_those_of_printed_tables(freedom: int, t: float) -> None:
    assert student_t(freedom) == pytest.approx(t, abs=5e-4)


def test_a_positive_quantity_has_its_geometric_mean() -> None:
    assert estimate([1.0, 100.0], positive=True).value == pytest.approx(10.0)


def test_one_round_has_no_interval() -> None:
    found = estimate([5.0], positive=True)
    assert (found.value, found.low, found.high) == (5.0, None, None)


def test_equal_rounds_have_an_interval_of_no_width() -> None:
    found = estimate([7.0, 7.0, 7.0], positive=True)
    assert found.low == pytest.approx(7.0)
    assert found.high == pytest.approx(7.0)


def test_a_round_of_zero_is_taken_on_the_plain_scale() -> None:
    found = estimate([0.0, 2.0], positive=True)
    assert found.value == 1.0
    assert found.ends is not None
    assert found.ends[0] == 0.0
    assert found.ends[1] > 2.0


def test_no_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="one round or more"):
        estimate([], positive=True)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        estimate([1.0, value], positive=True)


@given(_POSITIVE)
def test_a_positive_quantitys_interval_is_positive_and_holds_its_point(
    values: list[float],
) -> None:
    found = estimate(values, positive=True)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value * (1 + 1e-9)
    assert found.value <= found.high * (1 + 1e-9)
    assert min(values) * (1 - 1e-9) <= found.value <= max(values) * (1 + 1e-9)


@given(_POSITIVE)
def test_the_estimate_of_inverses_is_the_inverse_of_the_estimate(values: list[float]) -> None:
    found = estimate(values, positive=True)
    turned = estimate([1 / value for value in values], positive=True)
    assert turned.value == pytest.approx(1 / found.value)


@given(_POSITIVE, st.floats(1e-3, 1e3))
def test_another_unit_scales_the_whole_estimate(values: list[float], unit: float) -> None:
    found = estimate(values, positive=True)
    scaled = estimate([value * unit for value in values], positive=True)
    assert scaled.value == pytest.approx(found.value * unit)
