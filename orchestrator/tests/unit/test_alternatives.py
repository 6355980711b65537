from __future__ import annotations

import dataclasses

import factories
import pytest

from clusterbench.measure.goals import GoalState, goal_state
from clusterbench.measure.standings import Standing, compared, standings
from clusterbench.measure.summarise import summarise
from clusterbench.model.cell_summary import Comparison, Figures
from clusterbench.model.experiment import Alternative, Contender, Experiment, RequestsPerSecond
from clusterbench.model.interval import Estimate
from clusterbench.model.numbers import TIMES
from clusterbench.report.tables import standings_table as shown


def experiment(*alternatives: tuple[str, str, float | None]) -> Experiment:
    contenders = {"kept": Contender(name="kept", service="s", title="what is kept")}
    for name, of, goal in alternatives:
        what = Alternative(of=of, about=f"about {name}", goal=goal)
        contenders[name] = Contender(name=name, service="s", alternative=what)
    base = factories.experiment()
    saturated = dataclasses.replace(base.scenarios["saturated"], contenders=tuple(contenders))
    return dataclasses.replace(
        base, contenders=contenders, scenarios={"saturated": saturated}, rounds=3
    )


def found(
    made: Experiment, throughputs: dict[str, tuple[float | None, ...]]
) -> dict[str, Standing]:
    """Set what was measured, by contender and round; None is a trial that is missing."""
    trials = []
    figures = {}
    for name, rounds in throughputs.items():
        for number, value in enumerate(rounds, start=1):
            if value is not None:
                trial = factories.trial_record(
                    id=f"{name}-{number}", contender=name, scenario="saturated", level=800,
                    round=number,
                )  # fmt: skip
                trials.append(trial)
                figures[trial.id] = Figures(
                    throughput=RequestsPerSecond(value), latency={}, responses=int(value),
                    errors={},
                )  # fmt: skip
    run = factories.run_record(experiment=made)
    summary = summarise(run, trials, figures)
    return {each.contender: each for each in standings(made, summary, trials, figures)}


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


def test_a_goal_says_what_became_of_it_and_by_how_much() -> None:
    made = experiment(("other", "kept", 1.6))
    these = found(made, {"kept": (200, 201, 202), "other": (100, 100, 100)})
    assert these["other"].goal_state is GoalState.REACHED
    assert shown.goal(these["other"]) == "1.6 or more: reached, 26% above"
    assert shown.goal(these["kept"]) == ""
    missed = found(experiment(("other", "kept", 2.5)), {"kept": (200, 201), "other": (100, 100)})
    assert shown.goal(missed["other"]) == "2.5 or more: missed, 20% below"


def test_the_table_has_a_row_for_each_with_its_ratio_and_its_interval() -> None:
    made = experiment(("other", "kept", 1.6))
    these = found(made, {"kept": (200, 201, 202), "other": (100, 100, 100)})
    run = factories.run_record(experiment=made)
    (table,) = shown.tables(run, list(these.values()))
    kept, other = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    assert kept["what it is"].text == "kept: what is kept"
    assert kept["ratio"].text == ""
    assert other["what it is"].text == "about other"
    assert other["ratio"].text == f"2.01{TIMES}"
    assert other["ratio"].interval.startswith("[")


def test_a_row_names_what_it_stands_against_where_that_is_not_the_kept_one() -> None:
    made = experiment(("other", "kept", None), ("third", "other", None))
    throughputs = {"kept": (200, 201), "other": (100, 100), "third": (50, 50)}
    these = found(made, throughputs)
    (table,) = shown.tables(factories.run_record(experiment=made), list(these.values()))
    said = {row[0].text: row[1].text for row in table.rows}
    assert said["other"] == "about other"
    assert said["third"] == "about third (against other)"
