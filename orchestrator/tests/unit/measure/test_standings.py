from __future__ import annotations

import pytest

from clusterbench.measure.goals import GoalState, goal_state
from clusterbench.measure.standings import compared
from clusterbench.model.cell_summary import Comparison
from clusterbench.model.interval import Estimate
from support.alternatives import experiment, found


def test_each_alternative_stands_against_what_it_names_and_kept_ones_come_first() -> None:
    made = experiment(("other", "kept", None), ("others-noop", "other", None))
    these = found(made, {"other": (50, 50, 50), "kept": (100, 100, 100), "others-noop": (80,) * 3})
    assert list(these) == ["kept", "other", "others-noop"]
    assert these["kept"].ratio is None
    assert these["other"].ratio is not None
    assert these["other"].ratio.ratio.value == pytest.approx(2.0)
    assert these["others-noop"].ratio is not None
    assert these["others-noop"].ratio.ratio.value == pytest.approx(50 / 80)


def test_ratios_are_paired_by_round_also_where_a_round_is_missing() -> None:
    made = experiment(("other", "kept", None))
    these = found(made, {"kept": (100, 10, 1000), "other": (50, None, 500)})
    assert these["other"].ratio is not None
    assert these["other"].ratio.ratio.rounds == pytest.approx((2.0, 2.0))


def test_an_alternative_without_what_it_stands_against_is_no_comparison() -> None:
    made = experiment(("other", "kept", None), ("lost", "nobody", None))
    assert [contender.name for contender in compared(made)] == ["other"]
    assert "lost" not in found(made, {"kept": (1, 1, 1), "other": (1, 1, 1), "lost": (1, 1, 1)})


def test_one_of_which_nothing_was_measured_is_there_without_figures() -> None:
    made = experiment(("other", "kept", 1.5))
    other = found(made, {"kept": (100, 100, 100)})["other"]
    assert (other.throughput, other.ratio, other.beyond) == (None, None, None)
    assert other.goal_state is GoalState.UNDECIDED


def comparison(low: float | None, high: float | None, bound: str = "") -> Comparison:
    return Comparison(
        numerator="kept", denominator="other", scenario="saturated", level=800, bound=bound,
        ratio=Estimate(value=((low or 1) + (high or 1)) / 2, low=low, high=high, rounds=(1.0, 1.0)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (comparison(1.31, 1.4), GoalState.REACHED),
        (comparison(1.3, 1.4), GoalState.REACHED),
        (comparison(1.2, 1.29), GoalState.MISSED),
        (comparison(1.2, 1.4), GoalState.UNDECIDED),
        (comparison(None, None), GoalState.UNDECIDED),
        (comparison(1.31, 1.4, ">="), GoalState.REACHED),
        (comparison(1.1, 1.2, ">="), GoalState.UNDECIDED),
        (comparison(1.31, 1.4, "<="), GoalState.UNDECIDED),
        (comparison(1.1, 1.2, "<="), GoalState.MISSED),
        (comparison(1.31, 1.4, "unknown"), GoalState.UNDECIDED),
    ],
)
def test_a_goal_is_judged_by_the_whole_interval_and_by_what_the_ratio_bounds(
    ratio: Comparison, expected: GoalState
) -> None:
    assert goal_state(ratio.ratio, at_least=1.3, bound=ratio.bound) is expected


def test_a_goal_without_a_figure_is_not_decided() -> None:
    assert goal_state(None, at_least=1.3) is GoalState.UNDECIDED
