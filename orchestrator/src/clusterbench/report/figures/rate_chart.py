"""Latency at a rate: percentiles against the rate per core, with the objective. Pure."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.cell_summary import CellSummary
from clusterbench.report import captions
from clusterbench.report.figures.axes import log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import GREY, Style, opened
from clusterbench.report.figures.parts import (
    entry,
    facets,
    line,
    message,
    nothing,
    ring_entry,
    rings,
    rule,
    value_axis,
)
from clusterbench.report.figures.quantities import Span, latency, point, send_delay
from clusterbench.report.figures.sweep_figure import NONE_MEASURED
from clusterbench.report.interference_words import mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.objective import Objective
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.figures.quantities import Quantity
    from clusterbench.report.sections import Section

_PERCENTILES = ("p50", "p99")
_MILLI = 1e3
#: The mark of a send delay, and how faint it is.
_DELAY, _FAINT = "x-thin-open", 0.45
_DELAYS = "send delay"
_SPOILED = "sent late, or client-bound"
_RATE = "rate per core (requests/s)"


@dataclass(frozen=True, slots=True)
class _Placed:
    """A cell, and the rate per core (requests/s) that its schedule asked for."""

    rate: float
    cell: CellSummary


def latency_at_rate(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw p50 and p99 side by side, and the percentile of the run's objective if it is another."""
    objective = run.experiment.question.objective if run.experiment.question else None
    also = (objective.percentile,) if objective else ()
    percentiles = tuple(dict.fromkeys((*_PERCENTILES, *also)))
    placed = {name: _placed(run, section, name) for name in section.contenders}
    contenders = captions.names(section.contenders)
    yield Chart(
        name="latency_at_rate" + section.suffix,
        section=section.id,
        title=f"Latency of {section.scenario.method} at a rate: {contenders}",
        subtitle=captions.subtitle(run, section.scenario),
        caption=tuple(_caption(run, section, objective)),
        figure=_draw(placed, styles, percentiles, objective),
        facets=len(percentiles),
    )


def _placed(run: RunRecord, section: Section, contender: str) -> list[_Placed]:
    """Return a contender's cells by their rates; those that asked for none are left out."""
    cores = run.experiment.contenders[contender].capacity(run.plan)
    cells = section.of(section.scenario, contender)
    return sorted(
        (_Placed(cell.rate.value / cores, cell) for cell in cells if cell.rate),
        key=lambda placed: placed.rate,
    )


def _draw(
    placed: dict[str, list[_Placed]],
    styles: Styles,
    percentiles: Sequence[str],
    objective: Objective | None,
) -> go.Figure:
    figure = facets(len(percentiles), percentiles)
    rates = [point(each.rate) for found in placed.values() for each in found]
    reach: list[Span] = []
    for column, percentile in enumerate(percentiles, start=1):
        of = latency(percentile), send_delay(percentile)
        for name, found in placed.items():
            traces = _contender(name, found, styles[name], *of)
            figure.add_traces([*traces, nothing()], rows=1, cols=column)
            reach += [span for quantity in of for span in quantity.spans(p.cell for p in found)]
        figure.update_xaxes(log_axis(_RATE, rates, facet=True), row=1, col=column)
        if objective and objective.percentile == percentile:
            reach.append(point(objective.limit * _MILLI))
            rule(figure, y=objective.limit * _MILLI, row=1, col=column)
    value_axis(figure, log_axis("latency (ms)", reach))
    cells = [each.cell for found in placed.values() for each in found]
    figure.add_traces(list(_legend(list(placed), styles, cells, objective)), rows=1, cols=1)
    if not any(cell.latency for cell in cells):
        message(figure, NONE_MEASURED)
    return figure


def _contender(
    name: str, placed: Sequence[_Placed], style: Style, of: Quantity, delay: Quantity
) -> Iterator[go.Scatter]:
    """Draw one percentile of a contender, and faintly that of the send delay."""
    rates, cells = [each.rate for each in placed], [each.cell for each in placed]
    if of.spans(cells):
        yield line(
            name,
            style,
            rates,
            [of.span(cell) for cell in cells],
            symbols=[opened(style.symbol) if spoiled(cell) else style.symbol for cell in cells],
            text=[_hover(of, delay, each) for each in placed],
        )
        yield from rings(rates, [of.span(cell) for cell in cells], cells)
    if delay.spans(cells):
        # Without bars: beside the latencies they would be all that is seen.
        spans = [span and point(span.value) for span in map(delay.span, cells)]
        marks = [_DELAY] * len(cells)
        yield line(
            name, style, rates, spans, symbols=marks, mode="markers", hoverinfo="skip"
        ).update(opacity=_FAINT)


def spoiled(cell: CellSummary) -> bool:
    """Return whether a cell's latency is not the server's alone, or a side had no more to give."""
    return cell.delayed or bool(cell.doubts) or cell.lower_bound


def _hover(of: Quantity, delay: Quantity, placed: _Placed) -> str:
    cell = placed.cell
    asked = fmt.with_interval(cell.rate, unit=" requests/s")
    lines = (
        f"<b>{html.escape(cell.contender)}</b>",
        f"{of.title.lower()}: {of.text(cell)}",
        f"{delay.title.lower()}: {delay.text(cell)}",
        f"asked: {asked}; per core {fmt.number(placed.rate)}",
        f"limit: {cell.limit}" if cell.limit else "",
        f"errors: {fmt.counts(cell.errors)}" if cell.failed else "",
        mark(cell),
    )
    return "<br>".join(each for each in lines if each)


def _legend(
    names: Sequence[str],
    styles: Styles,
    cells: Sequence[CellSummary],
    objective: Objective | None,
) -> Iterator[go.Scatter]:
    for name in names:
        yield entry(name, styles[name])
    if objective:
        yield entry(f"objective: {objective}", Style(GREY, "circle", "dot"), mode="lines")
    if any(spoiled(cell) for cell in cells):
        yield entry(_SPOILED, Style(GREY, "circle-open"), mode="markers")
    yield from ring_entry(cells)
    if any(cell.send_delay for cell in cells):
        yield entry(_DELAYS, Style(GREY, _DELAY), mode="markers")


def _caption(run: RunRecord, section: Section, objective: Objective | None) -> Iterator[str]:
    yield from section.kind.captions("at_rate")
    cores = {run.experiment.contenders[name].capacity(run.plan) for name in section.contenders}
    each = fmt.listing([fmt.plural(number, "CPU") for number in sorted(cores)])
    yield f"Rate per core: requests/s over the CPUs that the server had ({each})."
    if objective:
        yield f"Dotted line: the objective of the run's question, {objective}."
    if any(cell.send_delay for cell in section.all()):
        yield "Faint crosses: the load generator's own send delay, which is a part of the latency."
    if any(spoiled(cell) for cell in section.all()):
        yield (
            "Open symbols: the load generator sent late or doubts its figures, its CPUs were full, "
            "or a CPU quota held back a side. The latency is then not the server's alone."
        )
    yield from captions.send_delays(section)
    yield from captions.common(run, section)
