"""What a report says of capacities: table, chart, notes, in every medium."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.model.interval import Estimate
from clusterbench.report.figures.palette import styles
from clusterbench.report.figures.parts import LOWER_BOUND
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.render.screen import screen
from clusterbench.report.render.search_screen import capacities
from clusterbench.report.render.terminal import plain
from clusterbench.report.sections import sections
from clusterbench.report.tables import capacity_table
from support import reported_rates as rates
from support import reported_runs as runs
from support.charts import draw, drawn, marks, said

if TYPE_CHECKING:
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Table

RECORD = rates.run()
SUMMARY = rates.summary(RECORD)
AT_MOST = "\N{LESS-THAN OR EQUAL TO}"


def changed(contender: str, limit: int, **changes: Any) -> Summary:
    """A summary with another capacity of one contender at one objective."""
    return replace(
        SUMMARY,
        capacities=tuple(
            replace(each, **changes)
            if (each.contender, each.objective.milliseconds) == (contender, limit)
            else each
            for each in SUMMARY.capacities
        ),
    )


def never(contender: str, limit: int) -> Summary:
    made = rates.capacity_summary(contender, limit, [0.0, 0.0, 0.0])
    fields = ("capacity", "per_core", "unmet")
    why = ("at 23 requests/s p99 was 12 ms",)
    return changed(contender, limit, reasons=why, **{name: getattr(made, name) for name in fields})


def table_of(summary: Summary) -> Table:
    found = sections(RECORD.experiment, summary)
    return capacity_table.capacities(next(s for s in found if s.scenario.name == "capacity"))


def notes_of(summary: Summary) -> tuple[str, ...]:
    found = sections(RECORD.experiment, summary)
    return capacity_table.notes(next(s for s in found if s.scenario.name == "capacity"))


def row(summary: Summary, contender: str, limit: int) -> dict[str, str]:
    table = table_of(summary)
    return next(
        dict(zip(table.columns, map(str, row), strict=True))
        for row in table.rows
        if (row[0].text, row[1].text) == (f"p99 {AT_MOST} {limit} ms", contender)
    )


def test_each_contender_has_its_capacity_at_each_objective_with_intervals() -> None:
    assert [row[0].text for row in table_of(SUMMARY).rows[::3]] == [
        f"p99 {AT_MOST} {limit} ms" for limit in rates.LIMITS
    ]
    one = row(SUMMARY, "rust-tonic", 10)
    assert one["capacity (requests/s)"].startswith("199,000 [")
    assert one["per core (requests/s)"] == one["capacity (requests/s)"]
    assert one["cores"] == "1"
    assert "workers" not in one


def test_several_workers_are_a_column() -> None:
    assert row(changed("rust-tonic", 10, workers=4, cores=4), "rust-tonic", 10)["workers"] == "4"


def test_a_lower_bound_is_marked_and_its_reason_is_below() -> None:
    summary = changed("rust-tonic", 50, lower_bound=True, reasons=("its send delay was 6 ms",))
    assert row(summary, "rust-tonic", 50)["capacity (requests/s)"].startswith(">= ")
    told = f"rust-tonic at p99 {AT_MOST} 50 ms: a lower bound (its send delay was 6 ms)."
    assert told in notes_of(summary)


def test_an_objective_that_no_rate_met_is_said_in_words() -> None:
    summary = never("sklearn-grpc", 5)
    one = row(summary, "sklearn-grpc", 5)
    assert one["capacity (requests/s)"] == "held at no rate tried"
    assert one["per core (requests/s)"] == "n/a"
    assert any("p99 was 12 ms" in note for note in notes_of(summary))
    some = changed("sklearn-grpc", 5, unmet=1)
    assert any("in 1 of 3 rounds held at no rate tried" in note for note in notes_of(some))


def test_the_ratio_is_to_the_best_on_python_where_there_is_one() -> None:
    column = "over the best on Python"
    assert column not in table_of(SUMMARY).columns
    ratio = Estimate(value=28.2, low=27.0, high=29.4, rounds=(28.2,))
    summary = changed("rust-tonic", 10, ratio=ratio, than="linfa-py-grpc", bound=">=")
    assert row(summary, "rust-tonic", 10)[column] == ">= 28.2\N{MULTIPLICATION SIGN} [27.0, 29.4]"
    assert row(summary, "linfa-py-grpc", 10)[column] == "the best on Python"
    assert row(summary, "linfa-py-grpc", 5)[column] == "n/a"
    assert any("paired by round" in note for note in notes_of(summary))


def test_a_contender_whose_every_trial_failed_has_no_capacity_and_says_so() -> None:
    failed = {"capacity": None, "per_core": None, "trials": 0, "unmet": 0}
    summary = changed("rust-tonic", 10, failures=("round 1: it died",), **failed)
    one = row(summary, "rust-tonic", 10)
    assert one["capacity (requests/s)"] == one["per core (requests/s)"] == "n/a"
    assert f"rust-tonic at p99 {AT_MOST} 10 ms: 1 of 1 rounds failed." in notes_of(summary)


def test_failed_rounds_are_counted() -> None:
    summary = changed("rust-tonic", 10, failures=("round 3: it died",))
    assert f"rust-tonic at p99 {AT_MOST} 10 ms: 1 of 4 rounds failed." in notes_of(summary)


@pytest.mark.parametrize("width", [90, 150])
def test_every_medium_shows_the_capacities_and_what_they_are(width: int) -> None:
    shown = (
        markdown(RECORD, SUMMARY),
        plain(RECORD, SUMMARY, width),
        render(RECORD, SUMMARY, drawn(RECORD, SUMMARY)),
    )
    for text in shown:
        assert "Capacity within each objective" in text
        words = " ".join(text.split())
        assert "Capacity: the highest rate found whose p99 of latency" in words
        assert f"p99 {AT_MOST} 5 ms" in text


def test_a_search_for_capacities_ends_with_its_answer_and_then_every_capacity() -> None:
    printed = capacities(RECORD, SUMMARY, 120)
    assert printed.startswith(screen(RECORD, SUMMARY, 120))
    below = printed.removeprefix(screen(RECORD, SUMMARY, 120))
    for limit in rates.LIMITS:
        assert f"p99 {AT_MOST} {limit} ms" in below
    assert "Capacity: the highest rate found" in below
    assert max(map(len, below.splitlines())) <= 120


def test_a_run_without_a_search_says_nothing_of_capacities() -> None:
    record = rates.run((*runs.STANDARD, rates.at_rate()))
    assert "Capacity" not in markdown(record, rates.summary(record))
    assert "capacity" not in draw(record, rates.summary(record))


def test_the_chart_has_each_capacity_with_its_interval_by_objective() -> None:
    chart = draw(RECORD, SUMMARY)["capacity-capacity"]
    shown = marks(chart)
    assert [trace.name for trace in shown] == list(runs.THREE)
    for trace in shown:
        own = [each for each in SUMMARY.capacities if each.contender == trace.name]
        assert list(trace.x) == [str(each.objective) for each in own]
        assert list(trace.y) == [each.per_core.value for each in own if each.per_core]
        assert all(bar > 0 for bar in trace.error_y.array)
    assert chart.figure.layout.yaxis.title.text == "capacity per core (requests/s)"
    assert chart.figure.layout.yaxis.type == "log"


def test_the_chart_marks_lower_bounds_and_names_what_it_cannot_show() -> None:
    bounded = changed("rust-tonic", 50, lower_bound=True)
    chart = draw(RECORD, bounded)["capacity-capacity"]
    (rust,) = (t for t in marks(chart) if t.name == "rust-tonic")
    assert [symbol == LOWER_BOUND for symbol in rust.marker.symbol] == [False, False, True]
    legend = {t.name: t.marker.symbol[0] for t in chart.figure.data if t.showlegend}
    assert list(legend) == [*runs.THREE, "a lower bound"]
    assert legend["rust-tonic"] == styles(RECORD.experiment)["rust-tonic"].symbol
    unmet = draw(RECORD, never("sklearn-grpc", 5))["capacity-capacity"]
    named = f"Without a mark: sklearn-grpc (p99 {AT_MOST} 5 ms). The table says why."
    assert named in unmet.caption


def test_a_chart_of_no_capacity_at_all_says_so() -> None:
    none = tuple(
        rates.capacity_summary(each.contender, each.objective.milliseconds, [0.0])
        for each in SUMMARY.capacities
    )
    chart = draw(RECORD, replace(SUMMARY, capacities=none))["capacity-capacity"]
    assert any("No rate that was tried" in text for text in said(chart))
