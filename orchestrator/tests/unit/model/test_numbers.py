from __future__ import annotations

import math

import pytest

from clusterbench.model import numbers as fmt
from clusterbench.model.interval import Estimate


def of(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, low=low, high=high, rounds=(value,))


def test_a_throughput_reads_with_its_unit_and_interval() -> None:
    assert fmt.with_interval(of(45_312, 44_890, 45_790), unit="/s") == "45,300/s [44,900, 45,800]"


def test_a_client_bound_throughput_reads_as_a_lower_bound() -> None:
    assert fmt.bounded(fmt.with_interval(of(45_312), unit="/s"), lower_bound=True) == ">= 45,300/s"


def test_a_narrow_interval_gets_the_digits_to_be_seen() -> None:
    assert fmt.with_interval(of(45_312, 45_290, 45_330)) == "45,310 [45,290, 45,330]"


def test_nothing_known_reads_as_such() -> None:
    assert fmt.bounded(fmt.with_interval(None), lower_bound=True) == "n/a"
    assert fmt.with_interval(of(math.nan, 1, 2)) == "n/a"
    assert fmt.percent(math.inf) == "n/a"
    assert fmt.seconds(None) == "n/a"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.00231, "0.00231"), (2.3149, "2.31"), (23.1, "23.1"), (231, "231"),
     (2_314, "2,310"), (-2.5, "-2.50")],
)  # fmt: skip
def test_a_number_has_three_significant_digits(value: float, text: str) -> None:
    assert fmt.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 s"), (870e-6, "870 µs"), (2.31e-3, "2.31 ms"), (4.2, "4.2 s"), (59.97, "1 min 0 s"),
     (500, "8 min 20 s"), (3661, "1 h 1 min")],
)  # fmt: skip
def test_a_duration_has_the_unit_that_suits_it(value: float, text: str) -> None:
    assert fmt.seconds(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (1, "100%"), (0.981, "98%"), (0.025, "2.5%"), (0.00012, "0.012%"),
     (1e-7, "<0.001%")],
)  # fmt: skip
def test_a_share_reads_in_percent_and_never_as_nothing_when_it_is_something(
    share: float, text: str
) -> None:
    assert fmt.percent(share) == text


def test_an_interval_that_reads_like_its_point_is_not_repeated() -> None:
    assert fmt.percent_with_interval(of(0.0, 0.0, 0.0)) == "0%"
    assert fmt.percent_with_interval(of(0.98, 0.96, 0.99)) == "98% [96%, 99%]"


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        ("", "19.8x"),
        (">=", ">= 19.8x"),
        ("<=", "<= 19.8x"),
        ("unknown", "unknown (measured 19.8x)"),
    ],
)
def test_a_ratio_reads_with_its_bound(bound: str, text: str) -> None:
    ratio = of(19.8, 19.1, 20.4)
    assert fmt.ratio(ratio, bound).replace(fmt.TIMES, "x") == text


def test_errors_are_listed_from_the_most_frequent() -> None:
    assert fmt.counts({"A": 2, "B": 3000, "C": 0}) == "B 3,000, A 2"
    assert fmt.counts({}) == "none"


def test_large_counts_read_roughly() -> None:
    assert fmt.rough(7_298_123) == "about 7.3 million"
    assert fmt.rough(34_012) == "about 34,000"
    assert fmt.rough(870) == "about 870"
    assert fmt.rough(0) == "about 0"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.4, "0"), (47.25, "47"), (214_812, "215,000"), (None, "n/a")]
)
def test_a_rate_of_whole_responses_has_no_fractions(value: float | None, text: str) -> None:
    assert fmt.whole(value) == text


def test_a_noun_has_its_number() -> None:
    assert [fmt.plural(n, "round") for n in (1, 2, 3000)] == ["1 round", "2 rounds", "3,000 rounds"]


def test_words_are_joined_as_in_a_sentence() -> None:
    assert [fmt.listing(w) for w in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip
