from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterbench.model import bounds
from clusterbench.model.bounds import Bounds

ALL = [each for each in vars(bounds).values() if isinstance(each, Bounds)]


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.takes)
def test_every_setting_has_an_upper_bound_and_takes_both_its_ends(each: Bounds) -> None:
    assert math.isfinite(each.low)
    assert math.isfinite(each.high)
    assert each.fits(each.high)
    assert each.fits(each.low) is not each.above
    assert each.read(repr(each.high)) == each.high
    for beyond in (each.low - 1, each.high * 1.001 + 1, math.inf, -math.inf, math.nan, 10**400):
        assert not each.fits(beyond)


@given(st.text(max_size=8) | st.floats().map(str) | st.integers().map(str))
def test_any_text_is_a_number_within_the_bounds_or_none_at_all(text: str) -> None:
    for each in ALL:
        value = each.read(text)
        assert value is None or (each.fits(value) and text.isascii() and "_" not in text)


@pytest.mark.parametrize(
    "text", ["0.5", "1", "300", "3e2", "2.", ".5", "1.5E+1", "0.30000000000000004"]
)
def test_numbers_are_read_as_python_writes_them_and_as_people_do(text: str) -> None:
    assert bounds.LOAD.read(text) == float(text)


def test_what_is_allowed_is_said_in_words() -> None:
    assert bounds.LEVELS.takes == "a whole number from 1 to 1000000"
    assert bounds.LOAD.takes == "a number from 0.01 to 300"
    assert bounds.SPREAD.takes == "a number above 0, up to 1000000"
    assert bounds.BYTES.takes == "a whole number from 1 to 1125899906842624"
