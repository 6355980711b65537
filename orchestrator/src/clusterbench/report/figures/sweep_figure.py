"""A quantity by level: a line for each contender, marks beside the sweep, a legend. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.figures.axes import Slots, level_axis, log_axis, percent_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import GREY, Style
from clusterbench.report.figures.parts import (
    BESIDE,
    BESIDE_LOWER_BOUND,
    LOWER_BOUND,
    entry,
    facets,
    line,
    message,
    nothing,
    reached,
    ring_entry,
    rings,
    rule,
    value_axis,
)
from clusterbench.report.interference_words import mark
from clusterbench.report.sections import level_name, saturated_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.figures.quantities import Quantity
    from clusterbench.report.sections import Section

NONE_MEASURED = "No trial gave a figure:\nthe failures are in the report."
NONE_GIVEN = "The load generator and the kernel\ngave no figure for this."


def sweep_chart(
    run: RunRecord,
    section: Section,
    styles: Styles,
    quantities: Sequence[Quantity],
    caption: Iterable[str],
    *,
    behind: Sequence[Sequence[go.Scatter]] = (),
    half: bool = False,
    name: str = "",
    title: str = "",
) -> Chart:
    """Return the chart of quantities of one unit side by side, a facet each.

    `behind` are the traces behind each of them. Name and title are by default the first one's.
    """
    scenario = section.scenario
    what = title or quantities[0].title
    contenders = captions.names(section.contenders)
    return Chart(
        name=(name or quantities[0].name) + section.suffix,
        section=section.id,
        title=f"{what} of {scenario.method} by {level_name(scenario)}: {contenders}",
        subtitle=captions.subtitle(run, scenario),
        caption=(*caption, *captions.common(run, section)),
        figure=_draw(section, styles, quantities, behind),
        facets=len(quantities),
        half=half,
    )


def _draw(
    section: Section,
    styles: Styles,
    quantities: Sequence[Quantity],
    behind: Sequence[Sequence[go.Scatter]],
) -> go.Figure:
    several = len(quantities) > 1
    figure = facets(len(quantities), [q.name for q in quantities] if several else None)
    slots = Slots.of(section)
    for column, quantity in enumerate(quantities, start=1):
        traces = list(behind[column - 1]) if behind else []
        for contender in section.contenders:
            traces += _contender(section, slots, contender, styles[contender], quantity)
        figure.add_traces([*traces, nothing()], rows=1, cols=column)
        figure.update_xaxes(level_axis(section, slots, upright=several), row=1, col=column)
        if slots.divider is not None:
            rule(figure, x=slots.divider, row=1, col=column)
    value_axis(figure, _values(section, quantities, behind))
    figure.add_traces(list(_legend(section, styles, quantities)), rows=1, cols=1)
    if not any(quantity.spans(section.all()) for quantity in quantities):
        measured = any(cell.throughput is not None for cell in section.all())
        message(figure, NONE_GIVEN if measured else NONE_MEASURED)
    return figure


def _values(
    section: Section, quantities: Sequence[Quantity], behind: Sequence[Sequence[go.Scatter]]
) -> dict[str, Any]:
    spans = [span for quantity in quantities for span in quantity.spans(section.all())]
    if quantities[0].logarithmic:
        others = [span for traces in behind for span in reached(traces)]
        return log_axis(quantities[0].axis, [*spans, *others])
    return percent_axis(quantities[0].axis, (span.high for span in spans))


def _contender(
    section: Section, slots: Slots, contender: str, style: Style, quantity: Quantity
) -> Iterator[go.Scatter]:
    """Draw a contender: its sweep as a line, then its marks beside it."""
    for scenario in section.shown:
        cells = section.of(scenario, contender)
        if not quantity.spans(cells):
            continue
        if scenario is section.scenario:
            point, bound, mode = style.symbol, LOWER_BOUND, "lines+markers"
            place, of = section.contenders.index(contender), len(section.contenders)
            x = [slots.level(cell.level, place, of) for cell in cells]
        else:
            point, bound, mode = BESIDE, BESIDE_LOWER_BOUND, "markers"
            place, of = scenario.contenders.index(contender), len(scenario.contenders)
            x = [slots.mark(scenario.name, place, of) for _ in cells]
        yield line(
            contender,
            style,
            x,
            [quantity.span(cell) for cell in cells],
            symbols=[bound if quantity.lower_bound(cell) else point for cell in cells],
            text=[_hover(quantity, cell, scenario) for cell in cells],
            mode=mode,
        )
        yield from rings(x, [quantity.span(cell) for cell in cells], cells)


def _hover(quantity: Quantity, cell: CellSummary, scenario: Scenario) -> str:
    sides = (("server", cell.server_share), ("generator", cell.generator_share))
    busy = [f"{side} {fmt.percent(share.value)}" for side, share in sides if share is not None]
    lines = (
        f"<b>{html.escape(cell.contender)}</b>",
        f"{quantity.title.lower()}: {quantity.text(cell)}",
        (
            f"{kind_of(scenario).at(cell.level)}, {fmt.plural(cell.connections, 'connection')}, "
            f"{scenario.generator}"
        ),
        "CPUs busy: " + ", ".join(busy) if busy else "",
        mark(cell),
    )
    return "<br>".join(line for line in lines if line)


def _legend(
    section: Section, styles: Styles, quantities: Sequence[Quantity]
) -> Iterator[go.Scatter]:
    """Return an entry for each contender, and for each kind of mark that the figure holds."""
    for name in section.contenders:
        yield entry(name, styles[name])
    limited = any(quantity.limited for quantity in quantities)
    if limited and section.lower_bounds(section.scenario):
        cells = (cell for n in section.contenders for cell in section.of(section.scenario, n))
        limits, _ = captions.lower_bounds(cells)
        yield entry(f"{limits}: a lower bound", Style(GREY, LOWER_BOUND), mode="markers")
    yield from ring_entry(section.all())
    for scenario in section.beside:
        yield entry(saturated_by(scenario), Style(GREY, BESIDE), mode="markers")
        if limited and section.lower_bounds(scenario):
            style = Style(GREY, BESIDE_LOWER_BOUND)
            yield entry("the same, a lower bound", style, mode="markers")
