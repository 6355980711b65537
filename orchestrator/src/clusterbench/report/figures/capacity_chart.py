"""The capacity of each contender within each objective. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.figures.axes import log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import GREY, Style
from clusterbench.report.figures.parts import (
    LOWER_BOUND,
    entry,
    facets,
    line,
    message,
    ring_entry,
    rings,
    value_axis,
)
from clusterbench.report.figures.quantities import Span, span_of
from clusterbench.report.interference_words import mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.capacity import CapacitySummary
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.sections import Section

_AXIS = "capacity per core (requests/s)"
_NONE = "No rate that was tried was sustained\nwithin any objective."


def capacity(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw the capacity per core, objective by objective."""
    if not section.capacities:
        return
    contenders = captions.names(section.contenders)
    yield Chart(
        name="capacity" + section.suffix,
        section=section.id,
        title=f"Capacity for {section.scenario.method} within an objective: {contenders}",
        subtitle=captions.subtitle(run, section.scenario),
        caption=tuple(_caption(run, section)),
        figure=_draw(section, styles),
    )


def _draw(section: Section, styles: Styles) -> go.Figure:
    figure = facets(1)
    spans: list[Span] = []
    for name in section.contenders:
        own = [each for each in section.capacities if each.contender == name]
        drawn = [_span(each) for each in own]
        spans += [span for span in drawn if span]
        figure.add_trace(_trace(name, styles[name], own, drawn))
        objectives_of = [str(each.objective) for each in own]
        for ring in rings(objectives_of, drawn, own):
            figure.add_trace(ring.update(offsetgroup=name))
        # With its own symbol, whatever the first mark is.
        figure.add_trace(entry(name, styles[name], mode="markers").update(offsetgroup=name))
    if any(each.lower_bound for each in section.capacities):
        figure.add_trace(entry("a lower bound", Style(GREY, LOWER_BOUND), mode="markers"))
    figure.add_traces(list(ring_entry(section.capacities)))
    objectives = _objectives(section)
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=objectives,
        range=[-0.5, len(objectives) - 0.5],
        title={"text": "objective (latency)"},
    )
    figure.update_layout(scattermode="group", scattergap=0.4)
    value_axis(figure, log_axis(_AXIS, spans))
    if not spans:
        message(figure, _NONE)
    return figure


def _trace(
    name: str, style: Style, own: Sequence[CapacitySummary], spans: Sequence[Span | None]
) -> go.Scatter:
    return line(
        name,
        style,
        [str(each.objective) for each in own],
        spans,
        symbols=[LOWER_BOUND if each.lower_bound else style.symbol for each in own],
        text=[_hover(each) for each in own],
        mode="markers",
        offsetgroup=name,
    )


def _span(each: CapacitySummary) -> Span | None:
    """Return what is drawn of a capacity per core: nothing of 0, for which there is no place."""
    found = each.per_core
    return span_of(found) if found is not None and found.value > 0 else None


def _objectives(section: Section) -> list[str]:
    """Return the objectives, the strictest first."""
    found = {each.objective for each in section.capacities}
    return [str(each) for each in sorted(found, key=lambda o: (o.percentile, o.limit))]


def _hover(each: CapacitySummary) -> str:
    total = fmt.with_interval(each.capacity, unit=" requests/s")
    return "<br>".join((
        f"<b>{html.escape(each.contender)}</b>, {each.objective}",
        f"capacity: {fmt.bounded(total, lower_bound=each.lower_bound)}",
        f"on {fmt.plural(each.cores, 'core')}, {fmt.plural(each.workers, 'worker')}",
        *filter(None, (mark(each),)),
    ))  # fmt: skip


def _caption(run: RunRecord, section: Section) -> Iterator[str]:
    yield from section.kind.captions("capacity")
    if any(each.lower_bound for each in section.capacities):
        yield "Open triangles: a lower bound. The table has the reasons."
    if missed := [each for each in section.capacities if _span(each) is None]:
        names = fmt.listing([f"{each.contender} ({each.objective})" for each in missed])
        yield f"Without a mark: {names}. The table says why."
    yield from captions.common(run, section)
