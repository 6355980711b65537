"""What the published method alone changes: its figures over those of the reference method. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from clusterbench.model.numbers import plural
from clusterbench.report import captions
from clusterbench.report.figures.axes import aside, concurrency_axis, log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.facets import facets, rule, value_axis
from clusterbench.report.figures.lines import line
from clusterbench.report.figures.published_pairs import levels, pairs, suffix
from clusterbench.report.figures.quantities import LATENCIES, THROUGHPUT, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import plotly.graph_objects as go

    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Style
    from clusterbench.report.figures.published_pairs import PublishedPair
    from clusterbench.report.figures.quantities import Quantity
    from clusterbench.report.sections import Section

#: Contenders stand a hair aside of each other at a level: so many times as far.
_ASIDE = 1.07
_QUANTITIES = (THROUGHPUT, *LATENCIES)
#: The axis shows at least this much around 1.
_LEAST = Span(0.8, 1.0, 1.25)


class MethodEffectChart:
    """How many times the reference method's figure the published method gives."""

    def applies(self, section: Section) -> bool:
        """Return whether a section is measured by the published method."""
        return section.kind.published

    def draw(
        self, run: RunRecord, section: Section, styles: Mapping[str, Style]
    ) -> Iterator[Chart]:
        """Draw a facet for each quantity, where the same levels were measured by both methods."""
        found = pairs(run, section, styles)
        if not any(True for pair in found for _ in pair.both):
            return
        yield Chart(
            name=f"method-figures{suffix(run, section)}",
            section=section.scenario.name,
            title="What the published method makes of the same servers, by concurrency",
            subtitle=captions.subtitle(run, section.scenario),
            caption=_caption(found),
            figure=_figure(found),
            facets=len(_QUANTITIES),
        )


def _figure(found: tuple[PublishedPair, ...]) -> go.Figure:
    titles = [q.title if q is THROUGHPUT else f"latency {q.name}" for q in _QUANTITIES]
    figure = facets(len(_QUANTITIES), titles)
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


def _caption(found: tuple[PublishedPair, ...]) -> tuple[str, ...]:
    published = _connections(cell.connections for pair in found for cell, _ in pair.both)
    reference = _connections(cell.connections for pair in found for _, cell in pair.both)
    several = any(cell.trials > 1 for pair in found for _, cell in pair.both)
    return (
        f"Published method: ghz's own summary; {published}, a cold server, requests in flight at "
        "the end are cut off.",
        f"Reference method, same levels: {reference}, a warm server, requests in flight at the end "
        "are waited for. 1: no difference.",
        *(
            (
                "Bars: the 95% intervals of the reference method; the published one has one "
                "trial per level.",
            )
            if several
            else ()
        ),
    )


def _connections(found: Iterable[int]) -> str:
    numbers = sorted(set(found))
    most = plural(numbers[-1], "connection")
    return most if len(numbers) == 1 else f"up to {most}"
