"""Published figures against measured ones, a facet for each contender. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model.experiment import CURRENT
from clusterbench.report import captions
from clusterbench.report.figures.axes import concurrency_axis, log_axis
from clusterbench.report.figures.chart import Chart, SectionCharts
from clusterbench.report.figures.facets import facets, value_axis
from clusterbench.report.figures.lines import LOWER_BOUND, entry, line, reached
from clusterbench.report.figures.palette import INK, Style
from clusterbench.report.figures.published_lines import legend_entry, published_line
from clusterbench.report.figures.published_pairs import (
    CURRENT_DASH,
    PAST_DASH,
    levels,
    pairs,
    suffix,
)
from clusterbench.report.figures.quantities import P95, THROUGHPUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import plotly.graph_objects as go

    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.figures.published_pairs import PublishedPair
    from clusterbench.report.figures.quantities import Quantity
    from clusterbench.report.sections import Section


def _draw(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw throughput and p95: as published, and as measured here by either method."""
    found = pairs(run, section, styles)
    for quantity in (THROUGHPUT, P95):
        yield Chart(
            name=f"published-{quantity.name}{suffix(run, section)}",
            section=section.scenario.name,
            title=f"{quantity.title}, published against measured, by concurrency",
            subtitle=captions.subtitle(run, section.scenario),
            caption=_caption(run),
            figure=_figure(run, found, quantity),
            facets=len({pair.name for pair in found}),
        )


def _figure(run: RunRecord, found: tuple[PublishedPair, ...], quantity: Quantity) -> go.Figure:
    names = list(dict.fromkeys(pair.name for pair in found))
    figure = facets(len(names), names)
    for column, name in enumerate(names, start=1):
        of = [pair for pair in found if pair.name == name]
        traces = published_line(run, name, levels(found), quantity, of[0].style.symbol)
        traces += [trace for pair in of for trace in _lines(pair, quantity)]
        figure.add_traces(traces, rows=1, cols=column)
    value_axis(figure, log_axis(quantity.axis, reached(figure.data)))
    figure.update_xaxes(concurrency_axis(levels(found)))
    figure.add_traces(list(_legend(run, found)), rows=1, cols=1)
    return figure


def _lines(pair: PublishedPair, quantity: Quantity) -> Iterator[go.Scatter]:
    for cells, style, method in (
        (pair.published, pair.published_style, "published"),
        (pair.reference, pair.style, "reference"),
    ):
        shown = [cell for cell in cells if quantity.span(cell)]
        bounds = [method == "reference" and quantity.lower_bound(cell) for cell in shown]
        yield line(
            f"{pair.label}, {method} method",
            style,
            [cell.level for cell in shown],
            quantity.spans(shown),
            symbols=[LOWER_BOUND if bound else style.symbol for bound in bounds],
            hovertemplate="%{y:,.4~g}" + quantity.unit + " at %{x:,}",
        )


def _legend(run: RunRecord, found: tuple[PublishedPair, ...]) -> Iterator[go.Scatter]:
    yield legend_entry(run)
    for edition in dict.fromkeys(pair.edition for pair in found):
        current = edition == CURRENT
        of = "" if current else f", {edition}"
        dash = CURRENT_DASH if current else PAST_DASH
        yield entry(f"measured, published method{of}", Style(INK, "circle-open", dash))
        reference = Style(INK, "circle") if current else Style(INK, "circle-open", "longdash")
        yield entry(f"measured, reference method{of}", reference)
    if any(cell.lower_bound for pair in found for cell in pair.reference):
        yield entry("client-bound: a lower bound", Style(INK, LOWER_BOUND), mode="markers")


def _caption(run: RunRecord) -> tuple[str, ...]:
    past = any(contender.edition != CURRENT for contender in run.experiment.contenders.values())
    return (
        f"Grey, dashed: published ({run.claims.host}, 2019).",
        "Dotted, open: measured here by the published method, from ghz's own summary.",
        "Solid: measured here by the reference method.",
        *(
            ("Darker: the servers of 2019, dash-dotted (published method) and in long dashes.",)
            if past
            else ()
        ),
        "The hosts differ: compare shapes and distances, not heights.",
    )


PUBLISHED = SectionCharts(applies=lambda section: section.kind.published, draw=_draw)
