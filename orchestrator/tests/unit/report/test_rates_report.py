"""What a report says of loads at a share of what a server can do: plot, tables, notes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clusterbench.load.kinds.kind import Plots
from clusterbench.model.cpus import CpuSet
from clusterbench.model.trial import Limit
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from clusterbench.report.figures import charts as registry
from clusterbench.report.figures.rate_chart import spoiled
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.terminal import plain
from clusterbench.report.sections import sections
from clusterbench.report.tables import section_tables
from support import reported_rates as rates
from support import reported_runs as runs
from support.charts import cells_of, draw, lines, marks, said

if TYPE_CHECKING:
    from clusterbench.model.summary import Summary

RECORD = rates.run()
SUMMARY = rates.summary(RECORD)


def with_cells(scenario: str, contender: str, **changes: object) -> Summary:
    cells = tuple(
        replace(c, **changes) if (c.scenario, c.contender) == (scenario, contender) else c  # type: ignore[arg-type]
        for c in SUMMARY.cells
    )
    return replace(SUMMARY, cells=cells)


def test_p50_and_p99_stand_beside_each_other_against_the_rate_per_core_with_units() -> None:
    chart = draw(RECORD, SUMMARY)["latency_at_rate-at-rate"]
    figure = chart.figure
    assert {"p50", "p99"} <= set(said(chart))
    assert figure.layout.xaxis.title.text == "rate per core (requests/s)"
    assert figure.layout.yaxis.title.text == "latency (ms)"
    assert {figure.layout[axis].type for axis in ("xaxis", "xaxis2", "yaxis")} == {"log"}
    assert [trace.name for trace in lines(chart)] == [*runs.THREE, *runs.THREE]


def test_a_line_holds_each_cells_latency_with_its_interval_at_the_rate_that_was_asked() -> None:
    for cores in (1, 4):
        plan = replace(RECORD.plan, server=CpuSet(tuple(range(cores))), server_capacity=cores)
        record = replace(RECORD, plan=plan)
        chart = draw(record, SUMMARY)["latency_at_rate-at-rate"]
        for line in lines(chart)[len(runs.THREE) :]:
            cells = cells_of(SUMMARY, line.name, "at-rate")
            assert list(line.x) == [c.rate.value / cores for c in cells if c.rate]
            found = [c.latency["p99"] for c in cells]
            assert list(line.y) == pytest.approx([e.value * 1e3 for e in found])
            above = [y + bar for y, bar in zip(line.y, line.error_y.array, strict=True)]
            assert above == pytest.approx([e.high * 1e3 for e in found if e.high])


def test_the_objective_of_the_runs_question_is_a_named_line_in_its_own_facet() -> None:
    figure = draw(RECORD, SUMMARY)["latency_at_rate-at-rate"].figure
    (shape,) = figure.layout.shapes
    assert (shape.y0, shape.y1, shape.yref) == (10.0, 10.0, "y2")
    named = [trace.name for trace in figure.data if trace.showlegend]
    assert "objective: p99 \N{LESS-THAN OR EQUAL TO} 10 ms" in named
    low, high = figure.layout.yaxis.range
    assert low < 1.0 < high


def test_an_objective_of_another_percentile_has_a_facet_too_and_without_one_there_is_no_line() -> (
    None
):
    question = RECORD.experiment.question
    assert question
    p95 = replace(question, objective=replace(question.objective, percentile="p95"))
    for asked, titles, shapes in ((p95, ["p50", "p99", "p95"], 1), (None, ["p50", "p99"], 0)):
        record = replace(RECORD, experiment=replace(RECORD.experiment, question=asked))
        chart = draw(record, SUMMARY)["latency_at_rate-at-rate"]
        assert [text for text in said(chart) if text.startswith("p")] == titles
        assert len(chart.figure.layout.shapes) == shapes


def test_the_send_delay_is_faint_in_plot_legend_and_caption() -> None:
    chart = draw(RECORD, SUMMARY)["latency_at_rate-at-rate"]
    faint = [t for t in chart.figure.data if t.opacity is not None and t.opacity < 1]
    assert len(faint) == 2 * len(runs.THREE)
    for trace in faint[len(runs.THREE) :]:
        delays = [c.send_delay["p99"].value * 1e3 for c in cells_of(SUMMARY, trace.name, "at-rate")]
        assert list(trace.y) == pytest.approx(delays)
    assert "send delay" in [t.name for t in chart.figure.data if t.showlegend]
    assert any(line.startswith("Faint crosses:") for line in chart.caption)


@pytest.mark.parametrize(
    "changes",
    [
        {"delayed": True},
        {"doubts": ("it sent late",)},
        {"limit": Limit.CLIENT_BOUND, "lower_bound": True},
    ],
)
def test_what_the_generator_spoiled_is_open_and_the_legend_says_so(
    changes: dict[str, object],
) -> None:
    summary = with_cells("at-rate", "rust-tonic", **changes)
    chart = draw(RECORD, summary)["latency_at_rate-at-rate"]
    open_ones = {
        line.name
        for line in lines(chart)
        if all(str(symbol).endswith("-open") for symbol in line.marker.symbol)
    }
    assert open_ones == {"rust-tonic"}
    assert "sent late, or client-bound" in [t.name for t in chart.figure.data if t.showlegend]
    assert any(line.startswith("Open symbols:") for line in chart.caption)
    assert not any(spoiled(c) for c in SUMMARY.cells if c.scenario == "at-rate")


def test_without_any_such_cell_nothing_is_said_of_open_symbols() -> None:
    chart = draw(RECORD, SUMMARY)["latency_at_rate-at-rate"]
    assert not any("open" in str(s) for line in lines(chart) for s in line.marker.symbol)
    assert not any(line.startswith("Open symbols:") for line in chart.caption)
    assert not any("open" in str(mark.marker.symbol) for mark in marks(chart))


def test_a_run_without_figures_says_so_in_the_plot() -> None:
    cells = tuple(replace(c, latency={}, send_delay={}, rate=None) for c in SUMMARY.cells)
    chart = draw(RECORD, replace(SUMMARY, cells=cells))["latency_at_rate-at-rate"]
    assert any("No trial gave a figure" in text for text in said(chart))


def test_a_level_is_a_share_with_the_rate_that_was_asked_beside_it() -> None:
    shown = next(s for s in sections(RECORD.experiment, SUMMARY) if s.scenario.name == "at-rate")
    for make in (section_tables.cells, section_tables.brief):
        table = make(shown)
        level = table.columns.index("level")
        assert table.columns[level + 1] == "asked (requests/s)"
        assert [row[level].text for row in table.rows[:5]] == ["10%", "25%", "50%", "75%", "90%"]
    sweep = section_tables.cells(sections(RECORD.experiment, SUMMARY)[0])
    assert "asked (requests/s)" not in sweep.columns
    assert sweep.rows[0][2].text == "64"


def test_shares_are_not_shown_as_a_sweep() -> None:
    names = draw(RECORD, SUMMARY)
    assert not [name for name in names if name.endswith("-at-rate") and "latency" not in name]
    for medium in (Media.PAGE, Media.TEXT, Media.TERMINAL):
        (chapter,) = (c for c in chapters(RECORD, SUMMARY, medium) if c.name == "at-rate")
        titles = [block.table.title for block in chapter.blocks if block.table]
        assert not [title for title in titles if "atio" in title]
    glance = section_tables.glance(sections(RECORD.experiment, SUMMARY), SUMMARY)
    assert [row[0].text for row in glance.rows] == list(runs.THREE)


def test_captions_name_shares_in_words() -> None:
    summary = with_cells("at-rate", "rust-tonic", delayed=True)
    caption = draw(RECORD, summary)["latency_at_rate-at-rate"].caption
    words = "rust-tonic at 10%, 25%, 50%, 75% and 90% of its saturated throughput: the latency"
    assert any(line.startswith(words) for line in caption)
    for shown in (markdown(RECORD, SUMMARY), plain(RECORD, SUMMARY, 150)):
        assert "at shares of the saturated throughput" in shown


def test_doubts_at_several_levels_are_one_line() -> None:
    summary = with_cells("at-rate", "rust-tonic", doubts=("it sent late",))
    caption = draw(RECORD, summary)["latency_at_rate-at-rate"].caption
    (line,) = (line for line in caption if line.startswith("rust-tonic at"))
    assert line == (
        "rust-tonic at 10%, 25%, 50%, 75% and 90% of its saturated throughput: the load generator "
        "doubts its figures at 10%: it sent late."
    )


def test_a_failure_names_its_level_in_words() -> None:
    summary = with_cells("at-rate", "rust-tonic", failures=("round 1: it died",), trials=2)
    assert "rust-tonic: at-rate 10%, at-rate 25%" in markdown(RECORD, summary)


def test_every_set_of_plots_that_a_kind_may_name_is_there() -> None:
    assert set(registry.OF_A_SECTION) == set(Plots)
