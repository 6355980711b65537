"""What a figure holds: a line for each contender, marks beside the sweep, a legend. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from clusterbench.report import numbers as fmt
from clusterbench.report.figures.axes import Slots, label
from clusterbench.report.sections import level_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Scenario
    from clusterbench.report.figures.palette import Style
    from clusterbench.report.figures.quantities import Quantity
    from clusterbench.report.sections import Section

LOWER_BOUND = "triangle-up-open"
BESIDE = "diamond"
BESIDE_LOWER_BOUND = "diamond-open"
NEUTRAL = "#7F7F7F"
_POINT, _OPEN_POINT, _MARK = 8, 11, 11


def traces(
    section: Section, slots: Slots, contender: str, style: Style, measure: Quantity
) -> Iterator[go.Scatter]:
    """Draw a contender: its sweep as a line, broken where a level has no figure, then marks."""
    sweep = section.of(section.scenario, contender)
    if any(measure.span(cell) for cell in sweep):
        place, of = section.contenders.index(contender), len(section.contenders)
        bounds = [measure.lower_bound(cell) for cell in sweep]
        yield go.Scatter(
            x=[slots.level(cell.level, place, of) for cell in sweep],
            mode="lines+markers",
            line={"color": style.colour, "width": 2, "dash": style.dash},
            marker=_marker(
                [LOWER_BOUND if bound else style.symbol for bound in bounds],
                [_OPEN_POINT if bound else _POINT for bound in bounds],
                style.colour,
            ),
            **_figures(contender, style, measure, section.scenario, sweep),
        )
    for scenario in section.beside:
        marks = section.of(scenario, contender)
        if not any(measure.span(cell) for cell in marks):
            continue
        place, of = scenario.contenders.index(contender), len(scenario.contenders)
        yield go.Scatter(
            x=[slots.mark(scenario.name, place, of) for _ in marks],
            mode="markers",
            marker=_marker(
                [BESIDE_LOWER_BOUND if measure.lower_bound(cell) else BESIDE for cell in marks],
                _MARK,
                style.colour,
            ),
            **_figures(contender, style, measure, scenario, marks),
        )


def legend(
    section: Section, looks: Mapping[str, Style], measures: Sequence[Quantity]
) -> Iterator[go.Scatter]:
    """Return an entry for each contender, and for each kind of mark that the figure holds."""
    for name in section.contenders:
        style = looks[name]
        yield _entry(name, style.colour, style.symbol, dash=style.dash, line=True)
    if _any_at_least(section, section.scenario, measures):
        yield _entry("client-bound: a lower bound", NEUTRAL, LOWER_BOUND)
    for scenario in section.beside:
        yield _entry(label(scenario), NEUTRAL, BESIDE)
        if _any_at_least(section, scenario, measures):
            yield _entry("the same, a lower bound", NEUTRAL, BESIDE_LOWER_BOUND)


def nothing() -> go.Scatter:
    """Return a trace that shows nothing: without any, plotly leaves a facet's axes out."""
    return go.Scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip")


def _figures(
    contender: str,
    style: Style,
    measure: Quantity,
    scenario: Scenario,
    cells: Sequence[CellSummary],
) -> dict[str, Any]:
    spans = [measure.span(cell) for cell in cells]
    return {
        "y": [span and span.value for span in spans],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [span and span.high - span.value for span in spans],
            "arrayminus": [span and span.value - span.low for span in spans],
            "color": style.colour,
            "thickness": 1.2,
            "width": 6,
            "visible": any(span and span.high > span.low for span in spans),
        },
        "name": html.escape(contender),
        "legendgroup": contender,
        "showlegend": False,
        "text": [_hover(measure, cell, scenario) for cell in cells],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _hover(measure: Quantity, cell: CellSummary, scenario: Scenario) -> str:
    lines = [
        f"<b>{html.escape(cell.contender)}</b>",
        f"{measure.title.lower()}: {measure.say(cell)}",
        (
            f"{level_name(scenario)} {cell.level:,}, {cell.connections} connections, "
            f"{scenario.generator}"
        ),
    ]
    sides = (("server", cell.server_share), ("generator", cell.generator_share))
    busy = [f"{side} {fmt.percent(share.value)}" for side, share in sides if share is not None]
    return "<br>".join([*lines, *(["CPUs busy: " + ", ".join(busy)] if busy else [])])


def _any_at_least(section: Section, scenario: Scenario, measures: Sequence[Quantity]) -> bool:
    return any(
        measure.lower_bound(cell)
        for measure in measures
        for name in scenario.contenders
        for cell in section.of(scenario, name)
    )


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
        marker=_marker(symbol, 10, colour),
        hoverinfo="skip",
    )


def _marker(symbol: str | list[str], size: int | list[int], colour: str) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "opacity": 1.0,  # plotly fades markers of several sizes by itself
        "size": size,
        "color": colour,
        "line": {"width": 1.5, "color": colour},
    }
