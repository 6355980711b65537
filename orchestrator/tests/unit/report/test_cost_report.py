"""The chapter on cost: its tables, its words and its chart."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.measure.cost import costs, in_question
from clusterbench.model.objective import in_milliseconds
from clusterbench.report.figures.charts import charts
from clusterbench.report.render import terminal
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.tables import cost_tables
from support import reported_runs, summaries
from support.capacity_runs import (
    TEN,
    capacity,
    capacity_run,
    capacity_summary,
    question,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from clusterbench.model.capacity import CapacitySummary
    from clusterbench.report.figures.chart import Chart
    from clusterbench.report.tables.table import Table

MIXED = (
    capacity("sklearn-grpc", (0, 0, 0)),
    capacity("linfa-py-grpc", (0, 6_400, 6_600)),
    capacity("rust-tonic", lower_bound=True),
)


def drawn(capacities: Sequence[CapacitySummary] | None = None, rate: float = 10_000) -> Chart:
    run = capacity_run(asks=question(rate))
    found = charts(run, capacity_summary(run, capacities))
    (chart,) = (each for each in found if each.section == cost_tables.CHAPTER)
    return chart


def tables(capacities: Sequence[CapacitySummary] | None = None) -> tuple[Table, Table]:
    """The table at the run's question, and that of rates."""
    run = capacity_run()
    summary = capacity_summary(run, capacities)
    (needs,) = cost_tables.needs(costs(run, summary, question()))
    (rates,) = cost_tables.by_rate(run, summary, question())
    return needs, rates


def rows(table: Table) -> dict[str, dict[str, str]]:
    return {row[0].text: dict(zip(table.columns, map(str, row), strict=True)) for row in table.rows}


# -------------------------------------------------------------------------------- tables


def test_the_table_has_what_each_contender_needs_and_what_that_rests_on() -> None:
    row = rows(tables()[0])["sklearn-grpc"]
    assert row["whole cores"] == "8 [7, 9]"
    assert row["processes"] == "8"
    assert row["rests on"] == "by adding processes, not measured beyond 1 core"
    assert rows(tables()[0])["rust-tonic"]["rests on"] == "as measured, on 1 core"
    assert not any("month" in column for column in tables()[0].columns)


def test_a_price_adds_money_with_its_unit() -> None:
    run = capacity_run()
    found = costs(run, capacity_summary(run), question())
    (table,) = cost_tables.needs(found, 0.04)
    row = rows(table)["rust-tonic"]
    assert row["per month at 0.04 per core-hour"] == "29.2"
    assert row["per million requests at 0.04 per core-hour"].startswith("0.00111")


def test_what_is_unmet_unbounded_or_a_lower_bound_reads_so() -> None:
    found = rows(tables(MIXED)[0])
    unmet, unbounded, bounded = found.values()
    assert unmet["capacity per core (/s)"] == "not met"
    assert unmet["rests on"] == "not at any rate tried"
    assert set(unmet.values()) >= {"n/a"}
    assert unbounded["whole cores"].endswith(", no end]")
    assert "not at any rate tried in 1 of 3 trials" in unbounded["rests on"]
    assert bounded["capacity per core (/s)"].startswith(">= 150,000")
    assert bounded["cores"].startswith("<= ")
    assert bounded["whole cores"] == "1"


def test_what_failed_and_what_was_not_measured_are_told_apart() -> None:
    failed = capacity("sklearn-grpc", trials=0, capacity=None, per_core=None, failures=("it died",))
    found = rows(tables([failed, capacity()])[0])
    assert found["sklearn-grpc"]["rests on"] == "every trial failed"
    assert found["linfa-py-grpc"]["rests on"] == "not measured"
    assert found["linfa-py-grpc"]["cores"] == "n/a"


def test_the_table_of_rates_reaches_from_a_thousand_to_ten_million() -> None:
    found = rows(tables()[1])
    assert list(found["rust-tonic"])[1:] == [
        "1,000/s", "10,000/s", "100,000/s", "1,000,000/s", "10,000,000/s",
    ]  # fmt: skip
    assert found["rust-tonic"]["1,000/s"] == "1"
    assert found["sklearn-grpc"]["1,000,000/s"].startswith("715 [")
    assert rows(tables(MIXED)[1])["sklearn-grpc"]["1,000/s"] == "not met"


def test_the_rate_that_is_asked_for_is_among_those_of_the_table() -> None:
    run = capacity_run(asks=question(25_000))
    (table,) = cost_tables.by_rate(run, capacity_summary(run), question(25_000))
    assert table.columns[2:4] == ("10,000/s", "25,000/s")


# ------------------------------------------------------------------------------- chapter


def test_page_text_and_terminal_have_the_chapter() -> None:
    run = capacity_run()
    summary = capacity_summary(run)
    asked = cost_tables.asked(question())
    page = render(run, summary, charts(run, summary))
    assert '<section id="cost">' in page
    assert 'id="plot-cores-by-rate"' in page
    assert asked in page
    assert f"## Cost: {asked}" in markdown(run, summary)
    assert f"Cost: {asked}" in terminal.plain(run, summary, 150)
    assert "sklearn-grpc and linfa-py-grpc: by adding processes" in terminal.plain(
        run, summary, 150
    )


def test_a_run_without_capacities_has_no_such_chapter() -> None:
    run = reported_runs.run()
    summary = summaries.summary(run)
    assert "## Cost" not in markdown(run, summary)
    assert not [each for each in charts(run, summary) if each.section == cost_tables.CHAPTER]


def test_an_objective_that_was_not_measured_gives_way_to_the_nearest_that_was() -> None:
    run = capacity_run(asks=question(objective=in_milliseconds("p99", 12)))
    fifty = dataclasses.replace(capacity(), objective=in_milliseconds("p99", 50))
    found = in_question(run, capacity_summary(run, [fifty, capacity()]))
    assert found is not None
    assert found.objective == TEN


# --------------------------------------------------------------------------------- chart


def traces(figure: go.Figure, mode: str) -> list[Any]:
    return [each for each in figure.data if each.mode == mode and each.x[0] is not None]


def test_the_chart_has_each_contenders_cores_from_a_thousand_to_ten_million() -> None:
    figure = drawn().figure
    marks = traces(figure, "markers")
    assert len(marks) == 3
    sklearn, _, tonic = marks
    assert list(sklearn.x) == [1e3, 1e4, 1e5, 1e6, 1e7]
    assert sklearn.y[3] == pytest.approx(1e6 / 0.7 / 2_000, rel=0.01)
    assert tonic.y[0] == 1.0
    for each in marks:
        assert list(each.y) == sorted(each.y)


def test_bands_are_the_ends_of_the_cores() -> None:
    run = capacity_run()
    (cost, *_) = costs(run, capacity_summary(run), question(1_000_000))
    band = next(each for each in drawn().figure.data if each.fill == "toself")
    at = [y for x, y in zip(band.x, band.y, strict=True) if x == pytest.approx(1e6)]
    assert cost.cores is not None
    assert sorted(at) == pytest.approx(cost.cores.ends)


def test_an_upper_bound_is_a_triangle_and_what_has_no_cores_is_named() -> None:
    chart = drawn(MIXED)
    tonic = traces(chart.figure, "markers")[-1]
    assert set(tonic.marker.symbol) == {"triangle-down-open"}
    text = " ".join(chart.caption)
    assert "Not drawn: sklearn-grpc: not at any rate tried." in text
    assert "lower bound" in text


def test_one_round_has_no_bands_to_explain() -> None:
    assert "Bands: 95% intervals" in drawn().caption[0]
    once = [capacity(name, (1_000,)) for name in reported_runs.THREE]
    assert "One round: no intervals." in drawn(once).caption[0]


def test_there_is_no_chart_where_nobody_met_the_objective() -> None:
    run = capacity_run()
    summary = capacity_summary(run, [capacity(name, (0, 0)) for name in reported_runs.THREE])
    assert not [each for each in charts(run, summary) if each.section == cost_tables.CHAPTER]
