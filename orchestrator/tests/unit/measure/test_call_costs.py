from __future__ import annotations

import pytest

from clusterbench.bench.call_timing import read, read_left_out
from clusterbench.errors import MeasureError
from clusterbench.measure.call_costs import CallTiming, Cost, Goal, GoalBasis, costs
from clusterbench.measure.goals import GoalState
from clusterbench.model import numbers as fmt
from clusterbench.model.units import Seconds
from clusterbench.report.tables.calls_table import goal, tables

WITHIN_400_NS = Goal(measure=GoalBasis.DIFFERENCE, at_most=400e-9)
WITHIN_2_PERCENT = Goal(measure=GoalBasis.RATIO, at_most=1.02)


def timing(
    turn: int,
    call: str,
    nanoseconds: float,
    *,
    reference: bool = False,
    goal: Goal | None = None,
) -> CallTiming:
    return CallTiming(
        turn=turn,
        group="g",
        call=call,
        seconds=Seconds(nanoseconds * 1e-9),
        reference=reference,
        goal=goal,
    )


def beside(goal: Goal, alone: list[float], call: list[float]) -> Cost:
    """Return the cost of a call with a goal, from its turns and the reference's (ns)."""
    timings = []
    for turn, (its, mine) in enumerate(zip(alone, call, strict=True)):
        timings.append(timing(turn, "alone", its, reference=True))
        timings.append(timing(turn, "call", mine, goal=goal))
    return costs(timings)[1]


def test_a_calls_ratio_is_paired_by_turn_so_that_a_slow_turn_cancels() -> None:
    found = costs(
        [
            timing(1, "kept", 100, reference=True),
            timing(1, "other", 200),
            timing(2, "kept", 1000, reference=True),
            timing(2, "other", 2000),
        ]
    )
    kept, other = found
    assert (kept.call, kept.ratio) == ("kept", None)
    assert other.ratio is not None
    assert other.ratio.value == pytest.approx(2.0)
    assert other.ratio.high == pytest.approx(2.0)


def test_a_calls_difference_is_paired_by_turn_too() -> None:
    (_, other) = costs(
        [
            timing(1, "kept", 100, reference=True),
            timing(1, "other", 290),
            timing(2, "kept", 1000, reference=True),
            timing(2, "other", 1210),
        ]
    )
    assert other.difference is not None
    assert other.difference.value == pytest.approx(200e-9)
    assert other.difference.rounds == pytest.approx((190e-9, 210e-9))


@pytest.mark.parametrize(
    ("call", "found", "said"),
    [
        ([300, 310, 305], GoalState.REACHED, "at most 400 ns more: reached, 195 ns below"),
        ([700, 712, 706], GoalState.MISSED, "at most 400 ns more: missed, 206 ns above"),
        ([400, 602, 502], GoalState.UNDECIDED, "at most 400 ns more: not decided, 1.33 ns above"),
        ([300], GoalState.UNDECIDED, "at most 400 ns more: not decided, 200 ns below"),
    ],
    ids=["below", "above", "across", "one turn"],
)
def test_a_difference_reaches_its_goal_with_its_whole_interval(
    call: list[float], found: GoalState, said: str
) -> None:
    cost = beside(WITHIN_400_NS, [100.0] * len(call), call)
    assert cost.goal_state is found
    assert goal(cost) == said


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ([101, 101.1, 100.9], GoalState.REACHED),
        ([104, 104.2, 103.8], GoalState.MISSED),
        ([101, 103, 102], GoalState.UNDECIDED),
    ],
    ids=["below", "above", "across"],
)
def test_a_ratio_reaches_its_goal_with_its_whole_interval(
    call: list[float], found: GoalState
) -> None:
    assert beside(WITHIN_2_PERCENT, [100.0] * 3, call).goal_state is found


def test_a_ratios_goal_says_by_how_much_of_itself_it_is_missed() -> None:
    cost = beside(WITHIN_2_PERCENT, [100.0, 100.0], [204.0, 204.0])
    assert goal(cost) == f"at most 1.02{fmt.TIMES}: missed, 100% above"


def test_a_goal_without_its_reference_is_not_decided() -> None:
    (cost,) = costs([timing(1, "call", 100, goal=WITHIN_400_NS)])
    assert cost.goal_state is GoalState.UNDECIDED
    assert goal(cost) == "at most 400 ns more: not decided"


def test_long_calls_are_read_in_milliseconds_and_goals_have_a_column() -> None:
    found = [
        timing(1, "alone", 100e6, reference=True),
        timing(1, "call", 150e6, goal=WITHIN_2_PERCENT),
    ]
    (table,) = tables(costs(found))
    assert table.columns == ("call", "ms a call", "ratio", "ms more", "goal")
    assert [value.text for value in table.rows[1][:4]] == ["call", "150", "1.50", "50.0"]


def test_the_reference_comes_first_and_then_the_cheapest() -> None:
    found = costs(
        [timing(1, "slow", 300), timing(1, "kept", 200, reference=True), timing(1, "quick", 100)]
    )
    assert [cost.call for cost in found] == ["kept", "quick", "slow"]


def test_a_turn_without_the_reference_gives_no_ratio() -> None:
    (_, other) = costs([timing(1, "kept", 100, reference=True), timing(2, "other", 200)])
    assert other.ratio is None


def test_what_pytest_benchmark_wrote_becomes_timings_and_a_table() -> None:
    printed = (
        b'{"machine_info": {}, "benchmarks": [{"stats": {"median": 2e-7, "mean": 3e-7}, '
        b'"extra_info": {"turn": 1, "group": "g", "call": "kept", "reference": true}}]}'
    )
    (found,) = read(printed)
    assert found == CallTiming(
        turn=1, group="g", call="kept", seconds=Seconds(2e-7), reference=True
    )
    (table,) = tables(costs([found]))
    assert [value.text for value in table.rows[0]] == ["kept (reference)", "200", "", ""]


def test_goals_and_what_was_left_out_are_read_too() -> None:
    printed = (
        b'{"benchmarks": [{"stats": {"median": 2e-7}, "extra_info": {"turn": 1, "group": "g", '
        b'"call": "c", "reference": false, "goal": {"measure": "ratio", "at_most": 1.02}}}], '
        b'"left_out": {"g: linfa alone": "linfa-timing is not installed"}}'
    )
    (found,) = read(printed)
    assert found.goal == WITHIN_2_PERCENT
    assert read_left_out(printed) == {"g: linfa alone": "linfa-timing is not installed"}


@pytest.mark.parametrize("printed", [b"", b"{}", b'{"benchmarks": [{"stats": {}}]}'])
def test_what_is_no_json_of_pytest_benchmark_is_refused(printed: bytes) -> None:
    with pytest.raises(MeasureError, match="not as expected"):
        read(printed)
