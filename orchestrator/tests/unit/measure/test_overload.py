"""Overload's figures, from made-up samples."""

from __future__ import annotations

import numpy as np
import pytest

from clusterbench.measure.recovery_times import (
    Memory,
    Overloaded,
    back_to_normal,
    by_second,
    errors,
    first_response,
)
from clusterbench.model.experiment import Bytes, Overload, RequestsPerSecond, Seconds
from clusterbench.model.samples import Samples
from clusterbench.report.tables import recovery_table as shown


def answers(*ends: float, failed: int = 0) -> Samples:
    """Make calls that took no time, and end then; the last `failed` of them failed."""
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


def test_answers_are_counted_in_whole_seconds_from_the_stop() -> None:
    samples = answers(*steady(0.0, 2.5, 100), *steady(3.5, 6.0, 50))
    found = by_second(samples, Seconds(2.5), Seconds(6.0))
    assert found == {-2: 100, -1: 100, 0: 0, 1: 50, 2: 50}


def test_seconds_that_are_not_whole_are_left_out_and_those_without_answers_are_there() -> None:
    found = by_second(answers(0.1, 0.3), Seconds(1.2), Seconds(3.9))
    assert found == {-1: 1, 0: 0, 1: 0}


def test_calls_that_failed_are_no_answers() -> None:
    samples = answers(0.5, 1.5, 1.6, failed=2)
    assert by_second(samples, Seconds(1.0), Seconds(2.0)) == {-1: 1, 0: 0}
    assert first_response(samples, Seconds(1.0)) is None
    assert errors(samples) == {"UNAVAILABLE": 2}


def test_the_first_answer_is_the_first_that_ended_after_it_went_on() -> None:
    assert first_response(answers(1.0, 3.0, 3.2), Seconds(2.5)) == pytest.approx(0.5)
    assert first_response(answers(1.0), Seconds(2.5)) is None


def test_a_server_is_back_where_half_a_second_has_nine_tenths_of_normal() -> None:
    slow_then_back = answers(*steady(2.0, 4.0, 500), *steady(4.0, 8.0, 950))
    found = back_to_normal(slow_then_back, Seconds(2.0), RequestsPerSecond(1000.0), Seconds(8.0))
    assert found is not None
    assert 1.8 <= found <= 2.0
    never = answers(*steady(2.0, 8.0, 500))
    assert back_to_normal(never, Seconds(2.0), RequestsPerSecond(1000.0), Seconds(8.0)) is None


def test_a_server_that_answered_nothing_at_all_is_never_back() -> None:
    nothing = answers()
    assert back_to_normal(nothing, Seconds(2.0), RequestsPerSecond(9.0), Seconds(8.0)) is None
    assert by_second(nothing, Seconds(1.0), Seconds(2.0)) == {-1: 0, 0: 0}


STRAIN = Overload(
    connections=64,
    callers=6400,
    before=Seconds(2.0),
    stopped=Seconds(1.0),
    after=Seconds(2.0),
)


def overloaded() -> Overloaded:
    return Overloaded(
        contender="mine",
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


def test_before_the_stop_there_is_a_mean_and_a_worst_second() -> None:
    assert overloaded().before_stop == pytest.approx(925.0)
    assert overloaded().least_before_stop == pytest.approx(900.0)


def test_the_tables_have_each_servers_figures_and_its_seconds() -> None:
    first, second = shown.tables(STRAIN, [overloaded()])
    row = dict(zip(first.columns, map(str, first.rows[0]), strict=True))
    assert row["in overload"] == "925 (92%)"
    assert row["its worst second"] == "900 (90%)"
    assert (row["answers again after (s)"], row["90% again after (s)"]) == ("0.00", "never")
    assert row["MiB: start, peak, end"] == "1, 3, 2"
    assert row["CPU server/generator"] == "98% / n/a"
    assert row["errors"] == "UNAVAILABLE 7"
    assert second.columns == ("contender", "-2", "-1", "0", "+1")
    assert [value.text for value in second.rows[0]] == ["mine", "950", "900", "0", "800"]
