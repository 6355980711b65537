"""Published figures: grey lines behind a sweep, and charts of them against measured ones. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from clusterbench.measure.published import published_sweep
from clusterbench.model.contender import CURRENT
from clusterbench.report import captions
from clusterbench.report.figures.axes import concurrency_axis, log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import GREY, INK, Style, opened
from clusterbench.report.figures.parts import LOWER_BOUND, entry, facets, line, reached, value_axis
from clusterbench.report.figures.published_pairs import (
    CURRENT_DASH,
    PAST_DASH,
    disturbed,
    levels,
    suffix,
)
from clusterbench.report.figures.quantities import P95, THROUGHPUT, point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.claims import Published
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.figures.published_pairs import Pairs, PublishedPair
    from clusterbench.report.figures.quantities import Quantity
    from clusterbench.report.sections import Section

#: What a published summary holds of a quantity, in its unit.
_VALUES: Mapping[str, Callable[[Published], float]] = {
    "throughput": lambda summary: summary.rps,
    "p50": lambda summary: summary.p50_ms,
    "p95": lambda summary: summary.p95_ms,
    "p99": lambda summary: summary.p99_ms,
}
_GREY_DASH = "dash"


def behind(
    run: RunRecord, section: Section, quantities: Sequence[Quantity], styles: Styles
) -> list[list[go.Scatter]]:
    """Return the published lines behind each quantity; the first has their entry of the legend."""
    if not section.kind.published:
        return []
    symbols = {
        run.experiment.contenders[name].published_name: styles[name].symbol
        for name in section.contenders
    }
    found = [
        [
            published
            for name, symbol in symbols.items()
            for published in _published(run, name, section.scenario.sweep, quantity, symbol)
        ]
        for quantity in quantities
    ]
    if any(found):
        found[0].append(_grey_entry(run))
    return found


def note(run: RunRecord, section: Section) -> tuple[str, ...]:
    """Return what the grey lines are, where there are any."""
    grey = section.kind.published and run.claims.published
    return (f"Grey: published, {run.claims.host}.",) if grey else ()


def published_against_measured(run: RunRecord, section: Section, found: Pairs) -> Iterator[Chart]:
    """Draw throughput and p95: as published, and as measured here by either method."""
    for quantity in (THROUGHPUT, P95):
        yield Chart(
            name=f"published-{quantity.name}{suffix(run, section)}",
            section=section.id,
            title=f"{quantity.title}, published against measured, by concurrency",
            subtitle=captions.subtitle(run, section.scenario),
            caption=(*_caption(run), *disturbed(run, found)),
            figure=_figure(run, found, quantity),
            facets=len({pair.name for pair in found}),
        )


def _figure(run: RunRecord, found: Pairs, quantity: Quantity) -> go.Figure:
    """Draw a facet for each contender."""
    names = list(dict.fromkeys(pair.name for pair in found))
    figure = facets(len(names), names)
    for column, name in enumerate(names, start=1):
        of = [pair for pair in found if pair.name == name]
        traces = list(_published(run, name, levels(found), quantity, of[0].style.symbol))
        traces += [trace for pair in of for trace in _measured(pair, quantity)]
        figure.add_traces(traces, rows=1, cols=column)
    value_axis(figure, log_axis(quantity.axis, reached(figure.data)))
    figure.update_xaxes(concurrency_axis(levels(found)))
    figure.add_traces(list(_legend(run, found)), rows=1, cols=1)
    return figure


def _published(
    run: RunRecord, name: str, levels: Sequence[int], quantity: Quantity, symbol: str
) -> Iterator[go.Scatter]:
    """Return a contender's published figures at these levels as a line, where there are any."""
    sweep = published_sweep(name, run.claims.published)
    if shown := [summary for summary in sweep if summary.concurrency in levels]:
        label = f"{name}, published, {run.claims.host}"
        yield line(
            label,
            Style(GREY, opened(symbol), _GREY_DASH),
            [summary.concurrency for summary in shown],
            [point(_VALUES[quantity.name](summary)) for summary in shown],
            hovertemplate="%{y:,.4~g}" + quantity.unit + f"<extra>{html.escape(label)}</extra>",
        )


def _measured(pair: PublishedPair, quantity: Quantity) -> Iterator[go.Scatter]:
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


def _grey_entry(run: RunRecord) -> go.Scatter:
    return entry(f"published, {run.claims.host}", Style(GREY, "circle-open", _GREY_DASH))


def _legend(run: RunRecord, found: Pairs) -> Iterator[go.Scatter]:
    yield _grey_entry(run)
    for edition in dict.fromkeys(pair.edition for pair in found):
        current = edition == CURRENT
        of = "" if current else f", {edition}"
        dash = CURRENT_DASH if current else PAST_DASH
        yield entry(f"measured, published method{of}", Style(INK, "circle-open", dash))
        reference = Style(INK, "circle") if current else Style(INK, "circle-open", "longdash")
        yield entry(f"measured, reference method{of}", reference)
    limits, _ = captions.lower_bounds(cell for pair in found for cell in pair.reference)
    if limits:
        yield entry(f"{limits}: a lower bound", Style(INK, LOWER_BOUND), mode="markers")


def _caption(run: RunRecord) -> Iterator[str]:
    yield f"Grey, dashed: published ({run.claims.host}, 2019)."
    yield "Dotted, open: measured here by the published method, from ghz's own summary."
    yield "Solid: measured here by the reference method."
    if any(contender.edition != CURRENT for contender in run.experiment.contenders.values()):
        yield "Darker: the servers of 2019, dash-dotted (published method) and in long dashes."
    yield "The hosts differ: compare shapes and distances, not heights."
