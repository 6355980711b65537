from __future__ import annotations

import math
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from clusterbench.load.kinds.kind import Plots
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.interval import Estimate
from clusterbench.report.figures import charts as registry
from clusterbench.report.figures.axes import Slots
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.parts import BESIDE, LOWER_BOUND
from clusterbench.report.figures.sweep_figure import NONE_GIVEN, NONE_MEASURED
from clusterbench.report.render.page import render
from clusterbench.report.sections import FOOTPRINT, sections
from support import reported_runs as runs
from support import summaries
from support.charts import cells_of, draw, lines, marks, said


def test_a_standard_run_gives_throughput_latencies_error_rate_and_cpu() -> None:
    first = ["throughput", "latencies", "error_rate", "cpu_per_request"]
    assert list(draw(runs.run()))[:4] == first


def test_each_further_sweep_has_pictures_named_after_its_scenario() -> None:
    names = set(draw(runs.run(runs.FULL)))
    assert {"throughput", "throughput-predict-batch", "throughput-predict-noop"} <= names
    assert not any("saturated" in name for name in names)


def test_a_line_holds_each_cells_throughput_and_its_interval() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    for line in lines(draw(record, summary)["throughput"]):
        cells = cells_of(summary, line.name, "predict")
        found = [c.throughput for c in cells if c.throughput]
        assert list(line.y) == [e.value for e in found]
        above = [y + bar for y, bar in zip(line.y, line.error_y.array, strict=True)]
        below = [y - bar for y, bar in zip(line.y, line.error_y.arrayminus, strict=True)]
        assert above == pytest.approx([e.high for e in found])
        assert below == pytest.approx([e.low for e in found])
        assert list(line.x) == pytest.approx([c.level for c in cells], rel=0.05)


def test_contenders_stand_in_the_experiments_order_and_are_each_in_the_legend_once() -> None:
    chart = draw(runs.run())["throughput"]
    assert [line.name for line in lines(chart)] == list(runs.THREE)
    shown = [t.name for t in chart.figure.data if t.showlegend is not False]
    assert shown == [
        *runs.THREE,
        "client-bound: a lower bound",
        "saturated by grpc-load, 8\N{MULTIPLICATION SIGN}100",
    ]


def test_ticks_are_the_sweeps_levels_and_what_stands_beside_it() -> None:
    axis = draw(runs.run())["throughput"].figure.layout.xaxis
    assert axis.ticktext == (
        "64",
        "128",
        "256",
        "512",
        "1,024",
        "grpc-load<br>8\N{MULTIPLICATION SIGN}100",
    )
    assert axis.type == "log"


def test_a_figure_that_the_generator_limited_has_a_mark_of_its_own() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    for line in lines(draw(record, summary)["throughput"]):
        bounds = [c.lower_bound for c in cells_of(summary, line.name, "predict")]
        assert [symbol == LOWER_BOUND for symbol in line.marker.symbol] == bounds
    assert any(c.lower_bound for c in summary.cells)


def test_a_throttled_figure_is_marked_and_named_in_the_legend_and_the_caption() -> None:
    record = runs.run()
    summary = summaries.summary(record, summaries.throttled(record))
    chart = draw(record, summary)["throughput"]
    assert all(set(line.marker.symbol) == {LOWER_BOUND} for line in lines(chart))
    names = [trace.name for trace in chart.figure.data]
    assert "throttled: a lower bound" in names
    assert "client-bound: a lower bound" not in names
    assert "A CPU quota held back a side" in " ".join(chart.caption)
    assert "load generator's CPUs were full" not in " ".join(chart.caption)


def test_lower_bounds_mark_throughput_only() -> None:
    drawn = draw(runs.run())
    for name in ("latencies", "error_rate", "cpu_per_request"):
        assert all(LOWER_BOUND not in line.marker.symbol for line in lines(drawn[name]))


def test_what_grpc_load_saturated_stands_right_of_the_sweep_and_joins_no_line() -> None:
    chart = draw(runs.run())["throughput"]
    found = marks(chart)
    assert [t.name for t in found] == list(runs.THREE)
    assert all(set(t.marker.symbol) == {BESIDE} and min(t.x) > 1100 for t in found)
    assert len({t.x[0] for t in found}) == 3


def test_marks_beside_a_sweep_stay_within_the_axis_however_many_they_are() -> None:
    chart = draw(runs.run(runs.SEVERAL))["throughput"]
    _, end = chart.figure.layout.xaxis.range
    places = [math.log10(x) for trace in marks(chart) for x in trace.x if x is not None]
    assert len(places) == 6
    assert max(places) < end
    assert places == sorted(places)


def test_noop_handlers_have_a_sweep_with_its_own_saturating_load() -> None:
    drawn = draw(runs.run(runs.FULL))
    assert [t.name for t in marks(drawn["throughput"])] == list(runs.THREE)
    assert [t.name for t in marks(drawn["throughput-predict-noop"])] == list(runs.NOOPS)
    assert marks(drawn["throughput-predict-batch"]) == []


def test_a_contender_that_is_only_saturated_stands_beside_the_first_sweep() -> None:
    other = runs.saturated(contenders=("mine", "rust-tonic"))
    drawn = draw(runs.run((runs.scenario(), other)))
    assert [t.name for t in marks(drawn["throughput"])] == ["rust-tonic", "mine"]


def test_a_contender_has_one_colour_in_every_plot() -> None:
    drawn = draw(runs.run(runs.FULL))
    colours: dict[str, set[str]] = {}
    for chart in drawn.values():
        for trace in (*lines(chart), *marks(chart)):
            colours.setdefault(trace.name, set()).add(trace.marker.color)
    assert all(len(found) == 1 for found in colours.values())
    assert len({next(iter(found)) for found in colours.values()}) == len(colours) == 6


def test_levels_that_are_many_for_a_facet_are_named_upright() -> None:
    few, many = (
        draw(runs.run()),
        draw(runs.run((runs.scenario(sweep=tuple(2**n for n in range(1, 13))),))),
    )
    assert few["latencies"].figure.layout.xaxis.tickangle == 0
    assert many["latencies"].figure.layout.xaxis.tickangle == 90
    assert many["throughput"].figure.layout.xaxis.tickangle == 0


def test_latencies_have_a_facet_per_percentile_in_milliseconds() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    chart = draw(record, summary)["latencies"]
    assert said(chart) == ["p50", "p95", "p99"]
    drawn = {(t.xaxis or "x", t.name): t.y for t in lines(chart)}
    for axis, percentile in (("x", "p50"), ("x2", "p95"), ("x3", "p99")):
        for name in runs.THREE:
            cells = cells_of(summary, name, "predict")
            assert list(drawn[axis, name]) == [c.latency[percentile].value * 1e3 for c in cells]


def test_the_latency_plot_of_a_closed_loop_warns_that_it_is_throughput_upside_down() -> None:
    drawn = draw(runs.run())
    assert any("upside down" in line for line in drawn["latencies"].caption)


def test_the_latency_plot_of_an_open_loop_does_not() -> None:
    rates = replace(runs.scenario(sweep=(1000, 2000)), loop=Loop.OPEN, load={"kind": "open-loop"})
    chart = draw(runs.run((rates,)))["latencies"]
    assert not any("upside down" in line for line in chart.caption)
    assert "by rate" in chart.title


def test_no_errors_are_said_and_drawn_on_an_axis_that_reaches_one_percent() -> None:
    chart = draw(runs.run())["error_rate"]
    assert any("no errors in" in text for text in said(chart))
    assert chart.figure.layout.yaxis.range[1] == 1.0
    assert all(set(line.y) == {0.0} for line in lines(chart))


def test_errors_are_drawn_in_percent_and_named_by_status() -> None:
    record = runs.run()
    wrong = summaries.cell(runs.STANDARD[0], "sklearn-grpc", 1024, 3, {"UNAVAILABLE": 3000})
    cells = [wrong if c.level == 1024 and c.contender == "sklearn-grpc" else c
             for c in summaries.cells(record)]  # fmt: skip
    chart = draw(record, summaries.summary(record, cells))["error_rate"]
    assert wrong.error_rate is not None
    assert lines(chart)[0].y[-1] == wrong.error_rate.value * 100
    assert not any("no errors" in text for text in said(chart))
    assert any("UNAVAILABLE 3,000" in line for line in chart.caption)


def test_one_round_has_no_bars_and_says_so_on_the_plot() -> None:
    for chart in draw(runs.run(rounds=1)).values():
        assert all(not t.error_y.visible for t in (*lines(chart), *marks(chart)))
        assert any("one round: no intervals" in line for line in chart.subtitle)


def test_each_plot_says_its_cpu_plan_its_runtime_and_its_host() -> None:
    record = runs.run(runtime="process")
    for chart in draw(record).values():
        text = " ".join(chart.subtitle)
        assert str(record.plan) in text
        assert "Local processes on AMD EPYC" in text


def test_a_failed_level_breaks_its_line_and_is_named_in_the_caption() -> None:
    record = runs.run()
    cells = [summaries.failed(c) if c.contender == "rust-tonic" and c.level == 256 else c
             for c in summaries.cells(record)]  # fmt: skip
    chart = draw(record, summaries.summary(record, cells))["throughput"]
    tonic = next(t for t in lines(chart) if t.name == "rust-tonic")
    assert [y is None for y in tonic.y] == [False, False, True, False, False]
    assert any("rust-tonic at 256" in line for line in chart.caption)


def test_a_run_in_which_all_failed_says_so_on_each_plot() -> None:
    record = runs.run()
    summary = summaries.summary(record, [summaries.failed(c) for c in summaries.cells(record)])
    for chart in draw(record, summary).values():
        if chart.section == FOOTPRINT:
            continue
        assert NONE_MEASURED.replace("\n", "<br>") in said(chart)
        assert lines(chart) == []


def test_a_plot_of_what_was_never_measured_does_not_blame_a_failure() -> None:
    drawn = draw(runs.run((runs.scenario(generator="h2load", sweep=(800,)),)))
    assert NONE_GIVEN.replace("\n", "<br>") in said(drawn["latencies"])


def test_a_summary_without_cells_is_drawn() -> None:
    record = runs.run()
    assert list(draw(record, summaries.summary(record, []))) == list(draw(record))


def test_numbers_that_are_none_or_not_finite_are_left_out() -> None:
    record = runs.run()
    odd = (
        Estimate(value=math.nan, low=None, high=None, rounds=()),
        Estimate(value=math.inf, low=1.0, high=math.inf, rounds=()),
        Estimate(value=0.0, low=0.0, high=0.0, rounds=(0.0,)),
        Estimate(value=50.0, low=math.nan, high=math.nan, rounds=(50.0,)),
        Estimate(value=50.0, low=-900.0, high=1000.0, rounds=(50.0,)),
    )
    cells = [
        replace(c, throughput=odd[i % len(odd)], cpu_per_request=None, latency={}, error_rate=None)
        for i, c in enumerate(summaries.cells(record))
    ]
    drawn = draw(record, summaries.summary(record, cells))["throughput"]
    values = [y for t in (*lines(drawn), *marks(drawn)) for y in t.y]
    assert {y for y in values if y is not None} == {50.0}
    assert all(math.isfinite(end) for end in drawn.figure.layout.yaxis.range)


def test_one_contender_at_one_level_is_drawn() -> None:
    drawn = draw(runs.run((runs.scenario(sweep=(64,), contenders=("rust-tonic",)),)))
    assert [len(t.y) for t in lines(drawn["throughput"])] == [1]


def test_a_level_that_is_held_back_is_named_in_the_caption() -> None:
    caption = draw(runs.run(runs.FULL))["throughput"].caption
    assert any("1,600" in line and "2,048 and 4,096" in line for line in caption)


def test_names_cannot_become_markup_in_a_plot() -> None:
    evil = "<a href='http://example.com'>x</a>"
    drawn = draw(runs.run((runs.scenario(contenders=(evil,)),)))
    for chart in drawn.values():
        for trace in chart.figure.data:
            assert "<a" not in (trace.name or "")
            assert "<a" not in "".join(trace.text or ())


def test_an_h2load_sweep_is_a_sweep() -> None:
    sweep = runs.scenario("climb", generator="h2load", sweep=(8, 80, 800))
    assert len(lines(draw(runs.run((sweep,)))["throughput"])) == 3


def test_batches_say_what_a_response_is() -> None:
    batch = runs.scenario("batch", method=Method.PREDICT_BATCH)
    caption = draw(runs.run((batch,)))["throughput"].caption
    assert any("whole batch" in line for line in caption)


@pytest.mark.parametrize("many", [1, 3, 6, 12])
def test_however_many_marks_a_slot_holds_each_stands_within_the_axis(many: int) -> None:
    names = [f"server-{n}" for n in range(many)]
    record = runs.run((runs.scenario(contenders=names), runs.saturated(contenders=names)))
    [section] = sections(record.experiment, summaries.summary(record, ()))
    slots = Slots.of(section)
    places = [slots.mark("predict-saturated", n, many) for n in range(many)]
    assert places == sorted(set(places))
    low, high = slots.range
    assert slots.divider is not None
    assert slots.divider < places[0]
    assert low < math.log10(places[0]) <= math.log10(places[-1]) < high


@pytest.mark.parametrize("applies", [True, False])
def test_a_chart_that_is_registered_is_drawn_where_it_has_something_to_show(
    monkeypatch: pytest.MonkeyPatch, *, applies: bool
) -> None:
    mine = Chart(
        name="mine", section="scenario-predict", title="Mine", subtitle=(), caption=("a caption",),
        figure=go.Figure(go.Scatter(x=[1], y=[2])),
    )  # fmt: skip
    monkeypatch.setattr(
        registry,
        "OF_A_SECTION",
        {
            **registry.OF_A_SECTION,
            Plots.SWEEP: (
                *registry.OF_A_SECTION[Plots.SWEEP],
                lambda *_: [mine] if applies else [],
            ),
        },
    )
    record = runs.run()
    drawn = registry.charts(record, summaries.summary(record))
    assert ("mine" in {chart.name for chart in drawn}) is applies
    page = render(record, summaries.summary(record), drawn)
    assert ('id="plot-mine"' in page) is applies
