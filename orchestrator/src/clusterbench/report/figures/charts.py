"""What is drawn: from a run's summary to plotly figures, still without text around them. Pure."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clusterbench.report import captions
from clusterbench.report.figures import method_effect as method
from clusterbench.report.figures import published_figures as published
from clusterbench.report.figures import training_figures as training
from clusterbench.report.figures.axes import Slots, level_axis, log_axis, percent_axis
from clusterbench.report.figures.palette import Style, styles
from clusterbench.report.figures.quantities import (
    CPU,
    ERRORS,
    LATENCIES,
    THEN_THROUGHPUT,
    THROUGHPUT,
    Quantity,
    Span,
)
from clusterbench.report.figures.traces import NEUTRAL, legend, nothing, traces
from clusterbench.report.sections import Section, level_name, sections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

NONE_MEASURED = "No trial gave a figure:\nthe failures are in the report."
NONE_GIVEN = "The load generator and the kernel\ngave no figure for this."


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
    """Draw a run: throughput, latencies, error rate and CPU time per request of each section."""
    looks = styles(run.experiment.contenders)
    return (*_training(run, summary), *(
        chart
        for section in sections(run.experiment, summary)
        for chart in (
            throughput(run, section, looks),
            latencies(run, section, looks),
            error_rate(run, section, looks),
            cpu_per_request(run, section, looks),
            *(as_published(run, section, looks) if section.scenario.as_published else ()),
        )
    ))  # fmt: skip


def _training(run: RunRecord, summary: Summary) -> tuple[Chart, ...]:
    """Draw training, where the run trained: times, and how they grow."""
    found = summary.training
    if found is None or not found.rows:
        return ()
    subtitle = training.subtitle(run, found)
    every = (
        (
            "training",
            "Training time",
            training.times_caption(found),
            training.times(found),
            len({row.threads for row in found.rows}),
        ),
        (
            "training_growth",
            "How the time of an iteration grows",
            training.growth_caption(),
            training.growth(found),
            3,
        ),
    )
    return tuple(
        Chart(
            name=name,
            section=training.SECTION,
            title=title,
            subtitle=subtitle,
            caption=caption,
            figure=figure,
            facets=facets,
        )
        for name, title, caption, figure, facets in every
        if len(figure.data)
    )


def as_published(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Iterator[Chart]:
    """Draw published against measured, and what the method alone adds or hides."""
    pairs = published.pairs(run, section, looks)
    base = Chart(
        name=section.suffix if _several(run) else "",
        section=section.scenario.name,
        title="",
        subtitle=captions.subtitle(run, section.scenario),
        caption=captions.published(run),
        figure=go.Figure(),
    )
    for measure, what in ((THROUGHPUT, "Throughput"), (LATENCIES[1], "Latency p95")):
        yield replace(
            base,
            name=f"published-{measure.name}{base.name}",
            title=f"{what}, published against measured, by concurrency",
            figure=published.against(run, pairs, measure),
            facets=len(section.contenders),
        )
    if any(True for pair in pairs for _ in pair.both):
        yield replace(
            base,
            name=f"method-figures{base.name}",
            title="What the published method makes of the same servers, by concurrency",
            caption=method.caption(pairs),
            figure=method.figures(pairs),
            facets=4,
        )
    yield replace(
        base,
        name=f"method-errors{base.name}",
        title="Calls that failed, as published and reference, by concurrency",
        caption=(method.said_of_errors(pairs), *captions.METHOD_ERRORS),
        figure=method.errors(pairs),
    )


def _several(run: RunRecord) -> bool:
    return sum(scenario.as_published for scenario in run.experiment.scenarios.values()) > 1


def throughput(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Chart:
    """Draw throughput by level, with what fills the server beside it."""
    measure = THEN_THROUGHPUT if section.scenario.as_published else THROUGHPUT
    figure = draw(section, looks, (measure,), _behind(run, section, (measure,), looks))
    return _chart(run, section, measure, figure, captions.throughput(run, section))


def latencies(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Chart:
    """Draw p50, p95 and p99 of the sweep side by side, on one scale."""
    sweep = replace(section, beside=())
    figure = draw(sweep, looks, LATENCIES, _behind(run, sweep, LATENCIES, looks))
    chart = _chart(run, sweep, LATENCIES[0], figure, captions.latencies(run, sweep))
    name, title = "latencies" + section.suffix, _title("Latency percentiles", sweep)
    return replace(chart, name=name, title=title, facets=len(LATENCIES))


def error_rate(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Chart:
    """Draw the share of answers that were errors, in percent."""
    figure = draw(section, looks, (ERRORS,))
    none = captions.no_errors(run, section)
    if none:
        _say(figure, none)
    return _chart(run, section, ERRORS, figure, captions.error_rate(run, section))


def cpu_per_request(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> Chart:
    """Draw the server's CPU time for each answer: what a contender costs at each level."""
    figure = draw(section, looks, (CPU,))
    return _chart(run, section, CPU, figure, captions.cpu_per_request(run, section))


def _behind(
    run: RunRecord, section: Section, measures: Sequence[Quantity], looks: Mapping[str, Style]
) -> tuple[tuple[go.Scatter, ...], ...]:
    """Return the published lines behind each measure, with their entry of the legend in the first."""
    lines = [published.behind(run, section, measure, looks) for measure in measures]
    if any(lines):
        lines[0] = (*lines[0], published.legend_entry(run))
    return tuple(lines)


def draw(
    section: Section,
    looks: Mapping[str, Style],
    measures: Sequence[Quantity],
    behind: Sequence[Sequence[go.Scatter]] = (),
) -> go.Figure:
    """Draw measures of one unit side by side, a facet each; `behind` each, lines given whole."""
    figure = make_subplots(
        cols=len(measures),
        shared_yaxes=True,
        horizontal_spacing=0.025,
        subplot_titles=[m.name for m in measures] if len(measures) > 1 else None,
    )
    slots = Slots.of(section)
    for column, measure in enumerate(measures, start=1):
        for line in behind[column - 1] if behind else ():
            figure.add_trace(line, row=1, col=column)
        for contender in section.contenders:
            for trace in traces(section, slots, contender, looks[contender], measure):
                figure.add_trace(trace, row=1, col=column)
        figure.add_trace(nothing(), row=1, col=column)
        axis = level_axis(section, slots, upright=len(measures) > 1)
        figure.update_xaxes(axis, row=1, col=column)
        if slots.divider is not None:
            line = {"color": NEUTRAL, "width": 1, "dash": "dot"}
            figure.add_vline(x=slots.divider, line=line, row=1, col=column)
    values = _value_axis(section, measures, [s for lines in behind for s in published.spans(lines)])
    figure.update_yaxes({key: value for key, value in values.items() if key != "title"})
    figure.update_yaxes(title=values["title"], col=1)
    for entry in legend(section, looks, measures):
        figure.add_trace(entry, row=1, col=1)
    if not any(measure.span(cell) for measure in measures for cell in section.all()):
        measured = any(cell.throughput is not None for cell in section.all())
        _say(figure, NONE_GIVEN if measured else NONE_MEASURED)
    return figure


def _chart(
    run: RunRecord,
    section: Section,
    measure: Quantity,
    figure: go.Figure,
    caption: tuple[str, ...],
) -> Chart:
    return Chart(
        name=measure.name + section.suffix,
        section=section.scenario.name,
        title=_title(measure.title, section),
        subtitle=captions.subtitle(run, section.scenario),
        caption=caption,
        figure=figure,
    )


def _title(what: str, section: Section) -> str:
    scenario = section.scenario
    who = captions.who(section.contenders)
    return f"{what} of {scenario.method} by {level_name(scenario)}: {who}"


def _value_axis(
    section: Section, measures: Sequence[Quantity], others: Sequence[Span]
) -> dict[str, Any]:
    spans = [
        span
        for measure in measures
        for cell in section.all()
        if (span := measure.span(cell)) is not None
    ]
    spans += others
    if measures[0].logarithmic:
        return log_axis(measures[0].axis, spans)
    return percent_axis(measures[0].axis, (span.high for span in spans))


def _say(figure: go.Figure, text: str) -> None:
    figure.add_annotation(
        text=html.escape(text).replace("\n", "<br>"),
        xref="paper",
        yref="paper",
        x=0.5,
        y=0.5,
        showarrow=False,
        font={"size": 15},
    )
