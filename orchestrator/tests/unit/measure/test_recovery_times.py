"""Overload's figures, from made-up samples."""

from __future__ import annotations

import numpy as np
import pytest

from clusterbench.measure.recovery_times import back_to_normal, by_second, first_response
from clusterbench.model.recovery import Memory, Overloaded
from clusterbench.model.samples import Samples, errors_of
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds


def responses(*ends: float, failed: int = 0) -> Samples:
    """Make requests that took no time and ended at these times; the last `failed` failed."""
    status = np.zeros(len(ends), dtype=np.int8)
    if failed:
        status[-failed:] = 14
    counts = {"OK": len(ends) - failed, "UNAVAILABLE": failed}
    return Samples(
        origin=0.0,
        start=np.array(ends, dtype=np.float64),
        latency=np.zeros(len(ends)),
        status=status,
        counts=counts,
    )


def steady(begin: float, end: float, rate: int) -> list[float]:
    return np.linspace(begin, end, round((end - begin) * rate), endpoint=False).tolist()


def test_responses_are_counted_in_whole_seconds_from_the_pause() -> None:
    samples = responses(*steady(0.0, 2.5, 100), *steady(3.5, 6.0, 50))
    found = by_second(samples, Seconds(2.5), Seconds(6.0))
    assert found == {-2: 100, -1: 100, 0: 0, 1: 50, 2: 50}


def test_seconds_that_are_not_whole_are_left_out_and_those_without_responses_are_there() -> None:
    found = by_second(responses(0.1, 0.3), Seconds(1.2), Seconds(3.9))
    assert found == {-1: 1, 0: 0, 1: 0}


def test_requests_that_failed_are_no_responses() -> None:
    samples = responses(0.5, 1.5, 1.6, failed=2)
    assert by_second(samples, Seconds(1.0), Seconds(2.0)) == {-1: 1, 0: 0}
    assert first_response(samples, Seconds(1.0)) is None
    assert errors_of(samples.counts) == {"UNAVAILABLE": 2}


def test_the_first_response_is_the_first_that_ended_after_the_pause() -> None:
    assert first_response(responses(1.0, 3.0, 3.2), Seconds(2.5)) == pytest.approx(0.5)
    assert first_response(responses(1.0), Seconds(2.5)) is None


def test_a_server_is_back_where_half_a_second_has_nine_tenths_of_normal() -> None:
    slow_then_back = responses(*steady(2.0, 4.0, 500), *steady(4.0, 8.0, 950))
    found = back_to_normal(slow_then_back, Seconds(2.0), RequestsPerSecond(1000.0), Seconds(8.0))
    assert found is not None
    assert 1.8 <= found <= 2.0
    never = responses(*steady(2.0, 8.0, 500))
    assert back_to_normal(never, Seconds(2.0), RequestsPerSecond(1000.0), Seconds(8.0)) is None


def test_a_server_that_gave_no_response_is_never_back() -> None:
    nothing = responses()
    assert back_to_normal(nothing, Seconds(2.0), RequestsPerSecond(9.0), Seconds(8.0)) is None
    assert by_second(nothing, Seconds(1.0), Seconds(2.0)) == {-1: 0, 0: 0}


def overloaded() -> Overloaded:
    return Overloaded(
        contender="mine",
        scenario="overload",
        level=6400,
        normal=RequestsPerSecond(1000.0),
        seconds={
            -2: RequestsPerSecond(950.0), -1: RequestsPerSecond(900.0), 0: RequestsPerSecond(0.0),
            1: RequestsPerSecond(800.0),
        },
        again=Seconds(0.004),
        back=None,
        after=RequestsPerSecond(990.0),
        memory=Memory(start=Bytes(2**20), peak=Bytes(3 * 2**20), end=Bytes(2 * 2**20)),
        errors={"UNAVAILABLE": 7},
        server_share=0.98,
    )  # fmt: skip


def test_before_the_pause_there_is_a_mean_and_a_worst_second() -> None:
    assert overloaded().before_stop == pytest.approx(925.0)
    assert overloaded().least_before_stop == pytest.approx(900.0)
