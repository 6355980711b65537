from __future__ import annotations

from clusterbench.measure.goals import GoalState
from clusterbench.model.numbers import TIMES
from clusterbench.report.tables import standings_table as shown
from support import factories
from support.alternatives import experiment, found


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
