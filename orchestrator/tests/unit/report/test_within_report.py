"""What goes on within trials, as the page shows it: which levels, which curves, which marks."""

from __future__ import annotations

import dataclasses
import html
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.model.experiment import Loop
from clusterbench.model.interval import Estimate
from clusterbench.model.objective import in_milliseconds
from clusterbench.model.trial import Limit
from clusterbench.model.units import Seconds
from clusterbench.report.figures.alternative_text import in_words
from clusterbench.report.figures.charts import charts
from clusterbench.report.figures.palette import styles
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.shown_levels import RULE, WITHIN, shown_cells, shown_levels
from support import reported_runs as runs
from support import summaries
from support.capacity_runs import capacity_run, capacity_summary, question
from support.within_runs import within_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.chart import Chart


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "clusterbench.report.render.page_template.get_plotlyjs", lambda: "/* plotly.js */"
    )


RUN = runs.run((runs.scenario(sweep=(2, 64, 1024)), runs.saturated()))
SUMMARY = summaries.summary(RUN)


def changed(summary: Summary, which: Callable[[CellSummary], bool], **changes: Any) -> Summary:
    """A summary of which some cells are others."""
    cells = tuple(
        dataclasses.replace(cell, **changes) if which(cell) else cell for cell in summary.cells
    )
    return dataclasses.replace(summary, cells=cells)


def drawn(run: RunRecord = RUN, summary: Summary = SUMMARY, **options: Any) -> Mapping[str, Chart]:
    found = charts(run, summary, within_run(run, summary, **options))
    return {chart.name: chart for chart in found if chart.section == WITHIN}


def levels(run: RunRecord, summary: Summary) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for each in shown_levels(run, summary):
        found.setdefault(each.scenario.name, []).append(each.level)
    return found


# -------------------------------------------------------------------------- which levels


def test_of_a_closed_loop_the_level_is_shown_at_which_servers_do_the_most() -> None:
    assert levels(RUN, SUMMARY) == {"predict": [1024], "predict-saturated": [800]}


def test_of_a_search_for_capacities_the_objective_is_shown_that_is_asked_for() -> None:
    run = capacity_run()
    assert levels(run, capacity_summary(run))["predict-capacity"] == [10]
    forty = in_milliseconds("p99", 40)
    other = capacity_run(asks=question(objective=forty))
    assert levels(other, capacity_summary(other, ()))["predict-capacity"] == [50]


def test_of_an_open_loop_the_level_is_shown_whose_latency_is_nearest_to_the_objective() -> None:
    rates = dataclasses.replace(
        runs.scenario("rates", generator="grpc-load", sweep=(10, 50, 90)),
        load={"kind": "share-of-saturated", "of": "predict-saturated"},
        loop=Loop.OPEN,
    )
    run = runs.run((runs.saturated(), rates))
    asks = dataclasses.replace(
        run, experiment=dataclasses.replace(run.experiment, question=question())
    )
    p99 = {10: 0.001, 50: 0.009, 90: 0.1}
    summary = summaries.summary(run)
    for level, value in p99.items():
        latency = {"p99": Estimate(value=value, low=None, high=None, rounds=(value,))}

        def there(cell: CellSummary, at: int = level) -> bool:
            return cell.scenario == "rates" and cell.level == at

        summary = changed(summary, there, latency=latency)
    assert levels(asks, summary)["rates"] == [50]
    assert levels(run, summary)["rates"] == [50], "the middle level where nothing is asked"


def test_the_levels_of_the_worst_drift_pause_and_interference_are_shown_too() -> None:
    def at(level: int) -> Callable[[CellSummary], bool]:
        return lambda cell: (cell.contender, cell.level) == ("rust-tonic", level)

    summary = changed(SUMMARY, at(2), drifting=1, drift=-0.21)
    summary = changed(summary, at(64), paused=2, pause=Seconds(0.4))
    assert levels(RUN, summary)["predict"] == [1024, 2, 64]
    why = {each.level: each.why for each in shown_levels(RUN, summary)}
    assert why[2] == "the largest drift of the run, -21% with rust-tonic"
    assert why[64] == "the longest pause of the run, 400 ms with rust-tonic"
    disturbed = changed(SUMMARY, at(1024), disturbed=1, interference=0.08)
    assert "the most interference of the run, 8.0% with rust-tonic" in {
        part for each in shown_levels(RUN, disturbed) for part in each.why.split("; ")
    }


def test_levels_without_figures_and_the_published_method_are_not_shown() -> None:
    summary = changed(SUMMARY, lambda cell: cell.level == 1024, throughput=None)
    assert levels(RUN, summary)["predict"] == [64]
    published = dataclasses.replace(
        runs.scenario(), load={"kind": "as-published", "duration": 1.0}, reference=False
    )
    run = runs.run((published,))
    assert shown_cells(run, summaries.summary(run)) == frozenset()


# --------------------------------------------------------------------------- percentiles


def test_each_contender_has_a_line_of_percentiles_over_nines() -> None:
    chart = drawn()["percentiles-predict-1024"]
    marks = {t.legendgroup: t for t in chart.figure.data if t.mode == "markers"}
    assert set(marks) == set(runs.THREE)
    for trace in marks.values():
        assert trace.x[:3] == pytest.approx((2.0, 4.0, 10.0))
        assert list(trace.y) == sorted(trace.y)
    axis = chart.figure.layout.xaxis
    assert axis.type == "log"
    assert list(axis.ticktext)[:4] == ["0%", "50%", "90%", "99%"]
    assert list(axis.tickvals)[:4] == pytest.approx([1, 2, 10, 100])


def test_a_line_of_percentiles_ends_where_responses_are_too_few_and_says_so() -> None:
    chart = drawn()["percentiles-predict-1024"]
    ends = {
        t.legendgroup: max(t.x) for t in chart.figure.data if t.mode == "lines" and t.legendgroup
    }
    # sklearn-grpc has some 11,000 responses in a window, rust-tonic many more.
    assert ends["sklearn-grpc"] <= ends["rust-tonic"]
    assert 10 ** chart.figure.layout.xaxis.range[1] > max(ends.values())
    assert any("fewer than 10 responses" in line for line in chart.caption)


def test_the_spread_of_rounds_is_an_area_and_one_round_has_none() -> None:
    def areas(chart: Chart) -> list[Any]:
        return [t for t in chart.figure.data if t.fill == "toself"]

    assert len(areas(drawn()["percentiles-predict-1024"])) == 3
    one = runs.run((runs.scenario(sweep=(64,)),), rounds=1)
    chart = drawn(one, summaries.summary(one))["percentiles-predict-64"]
    assert areas(chart) == []
    assert "One round: nothing is known of the spread." in chart.caption


def test_a_contender_without_latencies_is_named_and_none_at_all_is_no_chart() -> None:
    within = within_run(RUN, SUMMARY)
    for cell, each in within.items():
        if cell.contender == "rust-tonic" or cell.level == 800:
            within[cell] = dataclasses.replace(each, curve=())
    found = {chart.name: chart for chart in charts(RUN, SUMMARY, within)}
    assert "No latencies: rust-tonic." in found["percentiles-predict-1024"].caption
    assert "percentiles-predict-saturated-800" not in found
    assert "course-predict-saturated-800" in found


# ------------------------------------------------------------------------------- courses


def test_every_round_of_every_contender_is_a_line_of_throughput_and_one_of_p99() -> None:
    chart = drawn()["course-predict-1024"]
    lines = [
        t
        for t in chart.figure.data
        if t.mode == "lines+markers" and t.showlegend is False and len(t.x) > 1
    ]
    assert len(lines) == len(runs.THREE) * RUN.experiment.rounds * 2
    assert {t.line.color for t in lines} == {
        style.colour for style in styles(RUN.experiment).values()
    }
    for trace in lines:
        assert trace.x[0] > 0
        assert trace.x[-1] < RUN.experiment.timing.window
        assert trace.connectgaps is False
    titles = {a.text for a in chart.figure.layout.annotations}
    assert set(runs.THREE) <= titles


def test_more_contenders_than_fit_side_by_side_stand_below() -> None:
    names = (*runs.THREE, *runs.PER_CORE)
    run = runs.run((runs.scenario(sweep=(64,), contenders=names),))
    chart = drawn(run, summaries.summary(run))["course-predict-64"]
    assert chart.facets == 4
    assert chart.height > 2 * 300
    titles = [a.text for a in chart.figure.layout.annotations if a.text]
    assert sorted(titles) == sorted(names)


def test_drift_interference_and_a_bound_have_marks_at_the_end_of_their_round() -> None:
    chart = drawn(drift=0.12, disturbed=0.07, limit=Limit.CLIENT_BOUND)["course-predict-1024"]
    marks = {str(t.marker.symbol) for t in chart.figure.data if t.mode == "markers" and t.text}
    assert {"asterisk-open", "circle-open", "triangle-up-open"} <= marks
    legend = {t.name for t in chart.figure.data if t.showlegend}
    assert {"drift", "disturbed", "a lower bound"} <= legend
    (line,) = [line for line in chart.caption if line.startswith("rust-tonic, ")]
    told = (
        "round 1: drift +12%; disturbed, others had 7.0% of the CPUs; client-bound, a lower bound"
    )
    assert told in line


def test_a_pause_is_a_part_without_responses_and_a_mark() -> None:
    chart = drawn(stops={"rust-tonic": 0.5})["course-predict-1024"]
    (mark,) = [t for t in chart.figure.data if t.marker.symbol == "line-ns-open" and t.text]
    window = RUN.experiment.timing.window
    assert mark.x[0] == pytest.approx(window / 3 + 0.25, abs=0.1)
    assert "round 3: no request ended for 5" in mark.text[0]
    zeros = [t for t in chart.figure.data if t.mode == "lines+markers" and 0 in [*(t.y or ())][:-1]]
    assert [t.name for t in zeros] == ["rust-tonic"]


def test_what_is_steady_has_no_mark() -> None:
    chart = drawn(limit=Limit.SERVER_BOUND)["course-predict-saturated-800"]
    bounded = {cell.contender for cell in SUMMARY.cells if cell.level == 800 and cell.lower_bound}
    assert bounded == set()
    assert [t for t in chart.figure.data if t.mode == "markers" and t.text] == []


# ---------------------------------------------------------------------------------- page


def written(summary: Summary) -> str:
    return render(RUN, summary, charts(RUN, summary, within_run(RUN, summary)))


def test_the_page_has_the_rule_and_the_plots_in_a_folded_chapter_and_other_media_do_not() -> None:
    page = written(SUMMARY)
    chapter = page.split(f'<section id="{WITHIN}">')[1].split("</section>")[0]
    assert chapter.lstrip().startswith("<details><summary>")
    assert RULE in html.unescape(chapter)
    assert 'id="plot-percentiles-predict-1024"' in chapter
    assert 'id="plot-course-predict-1024"' in chapter
    assert "Within trials" not in markdown(RUN, SUMMARY)


def test_a_run_of_which_nothing_was_read_has_no_such_chapter() -> None:
    assert f'id="{WITHIN}"' not in render(RUN, SUMMARY, charts(RUN, SUMMARY))


@pytest.mark.parametrize("found", [{"drifting": 1, "drift": 0.2}, {"paused": 1, "pause": 0.3}])
def test_what_to_distrust_leads_to_the_chapter_where_a_drift_or_a_pause_was_found(
    found: dict[str, Any],
) -> None:
    link = f'<a href="#{WITHIN}">'
    head = written(SUMMARY).split("<main")[0]
    assert head.count(link) == 1, "the contents alone"
    summary = changed(SUMMARY, lambda cell: cell.level == 800, **found)
    head = written(summary).split("<main")[0]
    (distrust,) = [line for line in head.split("<p") if "Distrust:" in line]
    assert link in distrust
    assert head.count(link) >= 3


def test_both_plots_say_in_words_what_they_show() -> None:
    found = drawn(drift=0.12)
    words = in_words(found["percentiles-predict-1024"])
    assert "rust-tonic: " in words
    assert "99% within " in words
    course = in_words(found["course-predict-1024"])
    assert "responses/s" in course
    assert "drift +12%" in course
