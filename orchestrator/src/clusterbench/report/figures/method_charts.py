"""What the published method alone changes: figures, and requests that fail. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from clusterbench.model.numbers import plural, rough
from clusterbench.report import captions
from clusterbench.report.figures.axes import aside, concurrency_axis, log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import GREY, Style
from clusterbench.report.figures.parts import entry, facets, line, reached, rule, value_axis
from clusterbench.report.figures.published_pairs import disturbed, levels, suffix
from clusterbench.report.figures.quantities import LATENCIES, THROUGHPUT, Span, point

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import plotly.graph_objects as go

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.published_pairs import Pairs, PublishedPair
    from clusterbench.report.figures.quantities import Quantity
    from clusterbench.report.sections import Section

#: Contenders stand a hair aside of each other at a level: so many times as far.
_ASIDE = 1.07
_QUANTITIES = (THROUGHPUT, *LATENCIES)
#: The axis shows at least this much around 1.
_LEAST = Span(0.8, 1.0, 1.25)


def method_effect(run: RunRecord, section: Section, found: Pairs) -> Iterator[Chart]:
    """Draw how many times the reference method's figure the published method gives."""
    if any(pair.both for pair in found):
        yield Chart(
            name=f"method-figures{suffix(run, section)}",
            section=section.id,
            title="What the published method makes of the same servers, by concurrency",
            subtitle=captions.subtitle(run, section.scenario),
            caption=(*_effect_caption(found), *disturbed(run, found)),
            figure=_effect_figure(found),
            facets=len(_QUANTITIES),
        )


def _effect_figure(found: Pairs) -> go.Figure:
    figure = facets(len(_QUANTITIES), [quantity.title for quantity in _QUANTITIES])
    spans = [_LEAST]
    for column, quantity in enumerate(_QUANTITIES, start=1):
        for place, pair in enumerate(found):
            ratios = _ratios(pair, quantity)
            spans += ratios.values()
            trace = line(
                pair.label,
                pair.style,
                [aside(level, place, len(found), _ASIDE) for level in ratios],
                list(ratios.values()),
                customdata=list(ratios),
                showlegend=column == 1,
                hovertemplate="%{y:.2f} times at %{customdata:,}<extra>"
                + html.escape(pair.label)
                + "</extra>",
            )
            figure.add_trace(trace, row=1, col=column)
        rule(figure, y=1.0, row=1, col=column)
    value_axis(figure, log_axis("published method / reference method", spans))
    figure.update_xaxes(concurrency_axis(levels(found)))
    return figure


def _ratios(pair: PublishedPair, quantity: Quantity) -> dict[int, Span]:
    """Return the published method's figure over the other by level, with the other's interval."""
    return {
        published.level: Span(a.value / b.high, a.value / b.value, a.value / b.low)
        for published, reference in pair.both
        if (a := quantity.span(published)) and (b := quantity.span(reference))
    }


def _effect_caption(found: Pairs) -> Iterator[str]:
    published = _connections(cell.connections for pair in found for cell, _ in pair.both)
    reference = _connections(cell.connections for pair in found for _, cell in pair.both)
    yield f"Published method: ghz's own summary; {published}, a cold server."
    yield "It cuts off the requests in flight at the end."
    yield f"Reference method: the same levels; {reference}, a warm server."
    yield "It waits for the requests in flight at the end. 1: no difference."
    if any(cell.trials > 1 for pair in found for _, cell in pair.both):
        yield (
            f"Bars: the {captions.INTERVAL}s of the reference method. The published one has one "
            "trial per level."
        )


def _connections(found: Iterable[int]) -> str:
    numbers = sorted(set(found))
    most = plural(numbers[-1], "connection")
    return most if len(numbers) == 1 else f"up to {most}"


# ----------------------------------------------------------------------------------- errors

_BOUND = "concurrency / requests"
_PUBLISHED, _REFERENCE = "failed, published method", "failed, reference method"
_ERROR_CAPTION = (
    "Dotted: concurrency / requests, the share that fails if all requests in flight at the end are "
    "cut off and count as errors."
)


def method_errors(run: RunRecord, section: Section, found: Pairs) -> Iterator[Chart]:
    """Draw the share of requests that failed, and what cutting off those in flight would give."""
    yield Chart(
        name=f"method-errors{suffix(run, section)}",
        section=section.id,
        title="Requests that failed, by method and concurrency",
        subtitle=captions.subtitle(run, section.scenario),
        caption=(_counts(found), _ERROR_CAPTION, *disturbed(run, found)),
        figure=_error_figure(found),
    )


def _error_figure(found: Pairs) -> go.Figure:
    figure = facets(1)
    traces = [
        trace for place, pair in enumerate(found) for trace in _traces(pair, place, len(found))
    ]
    figure.add_traces(traces, rows=1, cols=1)
    value_axis(figure, log_axis("requests that failed (%)", reached(traces)))
    figure.update_xaxes(concurrency_axis(levels(found)))
    for pair in found:
        figure.add_trace(entry(pair.label, pair.style, mode="markers"), row=1, col=1)
    kinds = (
        (_BOUND, Style(GREY, "circle", "dot"), "lines"),
        (_PUBLISHED, Style(GREY, "circle"), "markers"),
        (_REFERENCE, Style(GREY, "x"), "markers"),
    )
    for what, style, mode in kinds:
        if any(trace.name.endswith(what) for trace in traces):
            figure.add_trace(entry(what, style, mode=mode), row=1, col=1)
    return figure


def _traces(pair: PublishedPair, place: int, of: int) -> Iterator[go.Scatter]:
    """Return the `place`-th contender's bound as a line, and its shares (%) over 0 as marks."""
    counted = [cell for cell in pair.published if _requests(cell)]
    bound = {c.level: 100 * c.level * c.trials / _requests(c) for c in counted}
    published = {c.level: 100 * _failed(c) / _requests(c) for c in counted}
    reference = {c.level: 100 * c.error_rate.value for c in pair.reference if c.error_rate}
    style = pair.style
    for shares, what, mode, drawn in (
        (bound, _BOUND, "lines", Style(style.colour, style.symbol, "dot")),
        (published, _PUBLISHED, "markers", style),
        (reference, _REFERENCE, "markers", Style(style.colour, "x")),
    ):
        shown = {level: share for level, share in shares.items() if share > 0}
        if shown:
            yield line(
                f"{pair.label}: {what}",
                drawn,
                [aside(level, place, of, _ASIDE) for level in shown],
                [point(share) for share in shown.values()],
                mode=mode,
                customdata=list(shown),
                hovertemplate="%{y:.3~g}% at %{customdata:,}",
            )


def _counts(found: Pairs) -> str:
    """Compare the errors of the published method with the concurrency, and count the others'."""
    published = [cell for pair in found for cell in pair.published if cell.trials]
    most = max((cell.most_errors / cell.level for cell in published), default=0.0)
    reference = [cell for pair in found for cell in pair.reference if cell.trials]
    failed = sum(_failed(cell) for cell in reference)
    errors = plural(failed, "error") if failed else "no errors"
    within = (
        "no trial has more errors than requests in flight"
        if most <= 1
        else f"up to {most:.3g} errors for each request in flight"
    )
    return (
        f"Published method (ghz --duration-stop close): {within}, in "
        f"{plural(sum(cell.trials for cell in published), 'trial')}. Reference method "
        f"(--duration-stop wait): {errors} in "
        f"{rough(sum(cell.responses for cell in reference))} responses."
    )


def _failed(cell: CellSummary) -> int:
    return sum(cell.errors.values())


def _requests(cell: CellSummary) -> int:
    return cell.responses + _failed(cell)
