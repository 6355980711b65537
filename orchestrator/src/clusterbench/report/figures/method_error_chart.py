"""Requests that failed by the published method and by the reference method. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model.numbers import plural, rough
from clusterbench.report import captions
from clusterbench.report.figures.axes import concurrency_axis, log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.facets import facets, value_axis
from clusterbench.report.figures.lines import entry, line, reached
from clusterbench.report.figures.palette import GREY, Style
from clusterbench.report.figures.published_pairs import levels, pairs, suffix
from clusterbench.report.figures.quantities import point

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import plotly.graph_objects as go

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.published_pairs import PublishedPair
    from clusterbench.report.sections import Section

_BOUND = "concurrency / requests"
_PUBLISHED, _REFERENCE = "failed, published method", "failed, reference method"
_CAPTION = (
    "Dotted: concurrency / requests, the share that fails if all requests in flight at the end are "
    "cut off and count as errors."
)


class MethodErrorChart:
    """The share of requests that failed, by either method."""

    def applies(self, section: Section) -> bool:
        """Return whether a section is measured by the published method."""
        return section.kind.published

    def draw(
        self, run: RunRecord, section: Section, styles: Mapping[str, Style]
    ) -> Iterator[Chart]:
        """Draw it, with the share that cutting off all requests in flight would give."""
        found = pairs(run, section, styles)
        yield Chart(
            name=f"method-errors{suffix(run, section)}",
            section=section.scenario.name,
            title="Requests that failed, by method and concurrency",
            subtitle=captions.subtitle(run, section.scenario),
            caption=(_counts(found), _CAPTION),
            figure=_figure(found),
        )


def _figure(found: tuple[PublishedPair, ...]) -> go.Figure:
    figure = facets(1)
    traces = [trace for pair in found for trace in _traces(pair)]
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


def _traces(pair: PublishedPair) -> Iterator[go.Scatter]:
    """Return a contender's bound as a line, and its shares (%) as marks, where they are not 0."""
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
            name = f"{pair.label}: {what}"
            spans = [point(share) for share in shown.values()]
            hover = "%{y:.3~g}% at %{x:,}"
            yield line(name, drawn, list(shown), spans, mode=mode, hovertemplate=hover)


def _counts(found: tuple[PublishedPair, ...]) -> str:
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
        f"Published method (`close`): {within}, in "
        f"{plural(sum(cell.trials for cell in published), 'trial')}. Reference method (`wait`): "
        f"{errors} in {rough(sum(cell.responses for cell in reference))} responses."
    )


def _failed(cell: CellSummary) -> int:
    return sum(cell.errors.values())


def _requests(cell: CellSummary) -> int:
    return cell.responses + _failed(cell)
