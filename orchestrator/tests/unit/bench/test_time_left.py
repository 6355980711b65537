from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterbench.bench.time_left import TimeLeft
from support.clock import Clock


def counting(expected: float) -> tuple[TimeLeft, Clock]:
    clock = Clock()
    return TimeLeft(expected, clock), clock


def watched(left: TimeLeft, clock: Clock, planned: float, took: float) -> list[float]:
    """Run a step, and return the time left at its begin, within it and at its end."""
    left.begin(planned)
    seen = [left.seconds]
    began = clock.time
    for tenth in range(1, 11):
        clock.time = began + took * tenth / 10
        seen.append(left.seconds)
    left.end()
    return seen


def test_at_first_all_that_is_planned_is_left() -> None:
    assert counting(100.0)[0].seconds == 100.0


def test_a_long_window_counts_down_as_it_runs() -> None:
    # The start of the server took 2 s of 5; then comes a window of a minute.
    left, clock = counting(89.0)
    watched(left, clock, 5.0, 2.0)
    seen = watched(left, clock, 60.0, 60.0)
    assert [round(seconds) for seconds in seen] == [79, 74, 68, 63, 58, 52, 46, 41, 35, 29, 23]


def test_time_left_stands_still_while_a_step_takes_longer_than_planned() -> None:
    left, clock = counting(100.0)
    seen = watched(left, clock, 20.0, 200.0)
    assert seen[1:] == [80.0] * 10


def test_after_a_step_that_took_longer_the_others_are_taken_to_do_so_too() -> None:
    left, clock = counting(100.0)
    watched(left, clock, 50.0, 100.0)
    assert left.seconds == pytest.approx(50.0 * 1.5)


def test_however_slow_a_step_was_the_others_are_not_taken_to_last_forever() -> None:
    left, clock = counting(100.0)
    watched(left, clock, 50.0, 10_000.0)
    assert left.seconds == 150.0


def test_the_rest_of_a_step_that_failed_falls_away() -> None:
    left, clock = counting(100.0)
    left.begin(60.0)
    clock.time = 10.0
    left.end(failed=True)
    assert left.seconds == 40.0


def test_what_failed_work_had_still_to_do_falls_away() -> None:
    left, clock = counting(100.0)
    watched(left, clock, 10.0, 10.0)
    left.remains(30.0)
    assert left.seconds == 30.0


def test_counting_begins_anew_with_other_work() -> None:
    left, clock = counting(100.0)
    watched(left, clock, 50.0, 400.0)
    left.expect(20.0)
    assert left.seconds == 20.0


@given(
    steps=st.lists(st.tuples(st.floats(0.1, 300.0), st.floats(0.0, 1.0)), min_size=1, max_size=20)
)
def test_time_left_only_falls_while_steps_keep_to_their_plan_and_ends_at_nothing(
    steps: list[tuple[float, float]],
) -> None:
    left, clock = counting(sum(planned for planned, _ in steps))
    seen = [left.seconds]
    for planned, share in steps:
        seen += watched(left, clock, planned, planned * share)
        seen.append(left.seconds)
    assert all(later <= before + 1e-6 for before, later in pairwise(seen))
    assert seen[-1] == pytest.approx(0.0, abs=1e-6)


@given(
    before=st.lists(st.tuples(st.floats(0.1, 100.0), st.floats(0.0, 500.0)), max_size=5),
    planned=st.floats(0.1, 100.0),
    took=st.floats(0.0, 500.0),
    rest=st.floats(0.0, 1000.0),
)
def test_time_left_never_grows_within_a_step_whatever_came_before(
    before: list[tuple[float, float]], planned: float, took: float, rest: float
) -> None:
    left, clock = counting(sum(each for each, _ in before) + planned + rest)
    for each, its in before:
        watched(left, clock, each, its)
    seen = watched(left, clock, planned, took)
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(seen))


def test_the_share_that_is_done_grows_within_a_step_and_is_unknown_without_a_plan() -> None:
    left, clock = counting(100.0)
    assert left.share == 0.0
    left.begin(50.0)
    clock.time += 25.0
    assert left.share == 0.25
    assert counting(0.0)[0].share is None


def test_what_is_run_again_is_planned_when_that_is_known() -> None:
    left, clock = counting(20.0)
    watched(left, clock, 10.0, 10.0)
    left.grows(15.0)
    assert left.seconds == 25.0
    watched(left, clock, 15.0, 15.0)
    assert left.seconds == 10.0
