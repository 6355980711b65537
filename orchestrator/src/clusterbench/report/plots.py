"""What is drawn: from a run's summary to plotly figures, still without text around them. Pure."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clusterbench.report import captions
from clusterbench.report import format as fmt
from clusterbench.report.axes import Slots, label, level_axis, log_axis, percent_axis
from clusterbench.report.measures import CPU, ERRORS, LATENCIES, THROUGHPUT, Measure
from clusterbench.report.palette import Style, styles
from clusterbench.report.sections import Section, level_name, sections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.experiment import RunRecord, Scenario
    from clusterbench.measure.results import CellSummary, Summary

AT_LEAST = "triangle-up-open"
BESIDE = "diamond"
BESIDE_AT_LEAST = "diamond-open"
_NEUTRAL = "#7F7F7F"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure and its text. `name` is its files' stem; `subtitle` and `caption` are lines.

    `section` is the name of the section's scenario.
    """

    name: str
    section: str
    title: str
    subtitle: tuple[str, ...]
    caption: tuple[str, ...]
    figure: go.Figure
    facets: int = 1


def charts(run: RunRecord, summary: Summary) -> tuple[Chart, ...]:
    """Draw a run: throughput, latencies, error rate and CPU per answer of each section."""
    looks = styles(run.experiment.contenders)
    return tuple(
        chart
        for section in sections(run.experiment, summary)
        for chart in (
            throughput(run, section, looks),
            latencies(run, section, looks),
            error_rate(run, section, looks),
            cpu_per_answer(run, section, looks),
        )
    )


def throughput(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Chart:
    """Draw throughput by level, with what fills the server beside it."""
    return _chart(
        run, section, looks, "throughput", THROUGHPUT.title, (THROUGHPUT,), section.beside,
        captions.throughput(run, section),
    )  # fmt: skip


def latencies(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Chart:
    """Draw p50, p95 and p99 side by side, on one scale."""
    return _chart(
        run, section, looks, "latencies", "Latency percentiles", LATENCIES, (),
        captions.latencies(run, section),
    )  # fmt: skip


def error_rate(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Chart:
    """Draw the share of answers that were errors, in percent."""
    chart = _chart(
        run, section, looks, "error_rate", ERRORS.title, (ERRORS,), section.beside,
        captions.error_rate(run, section),
    )  # fmt: skip
    none = captions.no_errors(run, section)
    if none:
        _say(chart.figure, none)
    return chart


def cpu_per_answer(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Chart:
    """Draw the server's CPU time for each answer: what a contender costs at each level."""
    return _chart(
        run, section, looks, "cpu_per_answer", CPU.title, (CPU,), section.beside,
        captions.cpu_per_answer(run, section),
    )  # fmt: skip


def _chart(
    run: RunRecord,
    section: Section,
    looks: Mapping[str, Style],
    name: str,
    title: str,
    measures: Sequence[Measure],
    beside: Sequence[Scenario],
    caption: tuple[str, ...],
) -> Chart:
    shown = Section(
        scenario=section.scenario, beside=tuple(beside), suffix=section.suffix, cells=section.cells
    )
    figure = _figure(shown, looks, measures)
    who = captions.who(shown.contenders)
    return Chart(
        name=name + section.suffix,
        section=section.scenario.name,
        title=f"{title} of {section.scenario.method} by {level_name(section.scenario)}: {who}",
        subtitle=captions.subtitle(run, section.scenario),
        caption=caption,
        figure=figure,
        facets=len(measures),
    )


def _figure(section: Section, looks: Mapping[str, Style], measures: Sequence[Measure]) -> go.Figure:
    figure = make_subplots(
        cols=len(measures),
        shared_yaxes=True,
        horizontal_spacing=0.025,
        subplot_titles=[m.name for m in measures] if len(measures) > 1 else None,
    )
    slots = Slots.of(section)
    for column, measure in enumerate(measures, start=1):
        for contender in section.contenders:
            for trace in _traces(section, slots, contender, looks[contender], measure):
                figure.add_trace(trace, row=1, col=column)
        figure.update_xaxes(level_axis(section, slots), row=1, col=column)
        if slots.divider is not None:
            figure.add_vline(
                x=slots.divider, line={"color": _NEUTRAL, "width": 1, "dash": "dot"}, col=column, row=1
            )
    axis = _value_axis(section, measures)
    figure.update_yaxes({k: v for k, v in axis.items() if k != "title"})
    figure.update_yaxes(title=axis["title"], col=1)
    for entry in _legend(section, looks, measures):
        figure.add_trace(entry, row=1, col=1)
    if not any(_shown(measure, cell) for measure in measures for cell in section.all()):
        _say(figure, "No trial gave a figure: the failures are listed in the report.")
    return figure


def _traces(
    section: Section, slots: Slots, contender: str, style: Style, measure: Measure
) -> list[go.Scatter]:
    cells = [c for c in section.of(section.scenario, contender) if _shown(measure, c)]
    where = (section.contenders.index(contender), len(section.contenders))
    drawn = [
        _scatter(
            contender, style, measure, cells,
            x=[slots.level(cell.level, *where) for cell in cells],
            symbols=[_symbol(measure, cell, style.symbol, AT_LEAST) for cell in cells],
            mode="lines+markers", size=8, connections=section.scenario,
        )
    ] if cells else []  # fmt: skip
    for scenario in section.beside:
        marks = [c for c in section.of(scenario, contender) if _shown(measure, c)]
        if not marks:
            continue
        place = slots.mark(
            scenario.name, scenario.contenders.index(contender), len(scenario.contenders)
        )
        drawn.append(
            _scatter(
                contender, style, measure, marks,
                x=[place for _ in marks],
                symbols=[_symbol(measure, cell, BESIDE, BESIDE_AT_LEAST) for cell in marks],
                mode="markers", size=11, connections=scenario,
            )
        )  # fmt: skip
    return drawn


def _scatter(
    contender: str,
    style: Style,
    measure: Measure,
    cells: Sequence[CellSummary],
    *,
    x: list[float],
    symbols: list[str],
    mode: str,
    size: int,
    connections: Scenario,
) -> go.Scatter:
    spans = [_span(measure, cell) for cell in cells]
    return go.Scatter(
        x=x,
        y=[value for _, value, _ in spans],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - value for _, value, high in spans],
            "arrayminus": [value - low for low, value, _ in spans],
            "thickness": 1.2,
            "width": 6,
            "visible": any(high > low for low, _, high in spans),
        },
        mode=mode,
        name=html.escape(contender),
        legendgroup=contender,
        showlegend=False,
        line={"color": style.colour, "width": 2, "dash": style.dash},
        marker=_marker(symbols, size, style.colour),
        text=[_hover(measure, cell, connections) for cell in cells],
        hovertemplate="%{text}<extra></extra>",
    )


def _legend(
    section: Section, looks: Mapping[str, Style], measures: Sequence[Measure]
) -> list[go.Scatter]:
    entries = [
        _entry(name, looks[name].colour, looks[name].symbol, dash=looks[name].dash, line=True)
        for name in section.contenders
    ]
    if THROUGHPUT in measures and any(
        cell.at_least for name in section.contenders for cell in section.of(section.scenario, name)
    ):
        entries.append(_entry("at least: generator full", _NEUTRAL, AT_LEAST))
    for scenario in section.beside:
        marks = [c for n in scenario.contenders for c in section.of(scenario, n)]
        entries.append(_entry(label(scenario), _NEUTRAL, BESIDE))
        if THROUGHPUT in measures and any(cell.at_least for cell in marks):
            entries.append(_entry("the same, at least", _NEUTRAL, BESIDE_AT_LEAST))
    return entries


def _entry(
    name: str, colour: str, symbol: str, *, dash: str = "solid", line: bool = False
) -> go.Scatter:
    return go.Scatter(
        x=[None],
        y=[None],
        mode="lines+markers" if line else "markers",
        name=html.escape(name),
        legendgroup=name,
        line={"color": colour, "width": 2, "dash": dash},
        marker=_marker(symbol, 9, colour),
        hoverinfo="skip",
    )


def _marker(symbol: str | list[str], size: int, colour: str) -> dict[str, Any]:
    return {"symbol": symbol, "size": size, "color": colour, "line": {"width": 1.5, "color": colour}}


def _value_axis(section: Section, measures: Sequence[Measure]) -> dict[str, Any]:
    spans = [
        _span(measure, cell)
        for measure in measures
        for cell in section.all()
        if _shown(measure, cell)
    ]
    if measures[0].logarithmic:
        return log_axis(measures[0].axis, spans)
    return percent_axis(measures[0].axis, (max(value, high) for _, value, high in spans))


def _shown(measure: Measure, cell: CellSummary) -> bool:
    estimate = measure.of(cell)
    if estimate is None or not math.isfinite(estimate.value):
        return False
    return estimate.value > 0 or not measure.logarithmic


def _span(measure: Measure, cell: CellSummary) -> tuple[float, float, float]:
    """Give (low, point, high) in the measure's unit; low and high are the point without interval."""
    estimate = measure.of(cell)
    if estimate is None:
        return (math.nan, math.nan, math.nan)
    value = estimate.value * measure.scale
    low = value if not fmt.known(estimate.low) else float(estimate.low or 0.0) * measure.scale
    high = value if not fmt.known(estimate.high) else float(estimate.high or 0.0) * measure.scale
    return (min(low, value), value, max(high, value))


def _symbol(measure: Measure, cell: CellSummary, plain: str, at_least: str) -> str:
    return at_least if cell.at_least and measure is THROUGHPUT else plain


def _hover(measure: Measure, cell: CellSummary, scenario: Scenario) -> str:
    estimate = measure.of(cell)
    figure = (
        fmt.percent_with_interval(estimate)
        if measure is ERRORS
        else fmt.with_interval(estimate, measure.scale, measure.unit)
    )
    bound = "at least " if cell.at_least and measure is THROUGHPUT else ""
    lines = [
        f"<b>{html.escape(cell.contender)}</b>",
        f"{measure.name.replace('_', ' ')}: {bound}{figure}",
        f"{level_name(scenario)} {cell.level:,}, {cell.connections} connections, {scenario.generator}",
    ]
    sides = (("server", cell.server_share), ("generator", cell.generator_share))
    busy = [f"{side} {fmt.percent(share.value)}" for side, share in sides if share is not None]
    return "<br>".join([*lines, *(["CPUs busy: " + ", ".join(busy)] if busy else [])])


def _say(figure: go.Figure, text: str) -> None:
    figure.add_annotation(
        text=html.escape(text), xref="paper", yref="paper", x=0.5, y=0.5,
        showarrow=False, font={"size": 15},
    )  # fmt: skip
