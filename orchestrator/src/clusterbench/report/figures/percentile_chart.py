"""Latency against percentile, up to where responses are too few: one line per contender. Pure."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.measure.percentile_curves import BEYOND, MARKED
from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.figures.axes import log_axis, logarithmic
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import faint
from clusterbench.report.figures.parts import band, entry, facets, line, nothing, value_axis
from clusterbench.report.figures.quantities import Span, point
from clusterbench.report.sections import slug
from clusterbench.report.shown_levels import WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.records import RunRecord
    from clusterbench.model.trial import Cell
    from clusterbench.model.within_trial import CellWithin, CurvePoint
    from clusterbench.report.figures.palette import Style, Styles
    from clusterbench.report.shown_levels import ShownLevel

_MS = 1e3
#: Digits that are drawn: more would only make the page larger.
_DIGITS = 4
#: The shares above the ticks' percentiles: a nine more each.
_TICKS = (1.0, 0.5, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001)


def percentiles(
    run: RunRecord, shown: ShownLevel, within: Mapping[Cell, CellWithin], styles: Styles
) -> Iterator[Chart]:
    """Draw the curves of a level's contenders; nothing where none has latencies."""
    found = [within[cell.cell] for cell in shown.cells if cell.cell in within]
    curves = {each.cell.contender: each.curve for each in found if each.curve}
    if not curves:
        return
    scenario = shown.scenario
    absent = [cell.contender for cell in shown.cells if cell.contender not in curves]
    yield Chart(
        name=f"percentiles-{slug(scenario.name)}-{shown.level}",
        section=WITHIN,
        title=f"Latency by percentile: {scenario.name} at {shown.words}",
        subtitle=captions.subtitle(run, scenario, bars=False),
        caption=tuple(_caption(shown, found, absent)),
        figure=_figure(curves, styles),
        half=True,
        words=" ".join(_words(name, curve) for name, curve in curves.items()),
    )


def _figure(curves: Mapping[str, Sequence[CurvePoint]], styles: Styles) -> go.Figure:
    figure = facets(1)
    for name, curve in curves.items():
        if any(each.high > each.low for each in curve):
            figure.add_trace(_band(curve, faint(styles[name].colour)))
    for name, curve in curves.items():
        figure.add_traces(list(_traces(name, styles[name], curve)))
    figure.add_trace(nothing())
    spans = [_span(each) for curve in curves.values() for each in curve if each.low > 0]
    value_axis(figure, log_axis("latency (ms)", spans))
    least = min(curve[-1].beyond for curve in curves.values())
    ticks = [share for share in _TICKS if share >= least * 0.999]
    axis = logarithmic("percentile", [1 / t for t in ticks], [percentile_name(t) for t in ticks])
    figure.update_xaxes({**axis, "range": [-0.03, math.log10(1 / least) + 0.12]})
    return figure


def _traces(name: str, style: Style, curve: Sequence[CurvePoint]) -> Iterator[go.Scatter]:
    """Yield a line, marks at the percentiles that have a name, and the legend's entry."""
    bare = [point(_rounded(each.value * _MS)) for each in curve]
    at = [_rounded(1 / each.beyond) for each in curve]
    yield line(name, style, at, bare, mode="lines", hoverinfo="skip")
    marks = [place for place, each in enumerate(curve) if each.beyond in MARKED]
    yield line(
        name,
        style,
        [at[place] for place in marks],
        [bare[place] for place in marks],
        text=[_hover(name, curve[place]) for place in marks],
        mode="markers",
    )
    yield entry(name, style)


def _band(curve: Sequence[CurvePoint], colour: str) -> go.Scatter:
    """Return what lies between the lowest and the highest round as one area."""
    return band(
        [_rounded(1 / each.beyond) for each in curve],
        [_rounded(each.low * _MS) for each in curve],
        [_rounded(each.high * _MS) for each in curve],
        colour,
    )


def percentile_name(beyond: float) -> str:
    """Name the percentile that so large a share is above: `99.9%` of 0.001."""
    return f"{100 * (1 - beyond):.6g}%"


def _words(name: str, curve: Sequence[CurvePoint]) -> str:
    marked = [each for each in curve if each.beyond in MARKED]
    parts = [f"{percentile_name(each.beyond)} within {fmt.seconds(each.value)}" for each in marked]
    return f"{name}: {', '.join(parts)}."


def _span(each: CurvePoint) -> Span:
    return Span(each.low * _MS, each.value * _MS, each.high * _MS)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _hover(name: str, at: CurvePoint) -> str:
    low, high = fmt.seconds(at.low), fmt.seconds(at.high)
    spread = f", rounds {low} to {high}" if at.high > at.low else ""
    return (
        f"<b>{html.escape(name)}</b><br>{percentile_name(at.beyond)} within "
        f"{fmt.seconds(at.value)}{spread}"
    )


def _caption(
    shown: ShownLevel, found: Sequence[CellWithin], absent: Sequence[str]
) -> Iterator[str]:
    since = kind_of(shown.scenario).latency_from
    yield f"Shown of its sweep: {shown.words} ({shown.why})."
    yield f"As a client sees it: {since} to its response, of OK responses."
    several = any(len(each.rounds) > 1 for each in found)
    yield (
        "Line: each percentile in each round by itself, then over rounds as in the tables; rounds "
        "are not pooled. Area: from the lowest round to the highest."
        if several
        else "One round: nothing is known of the spread."
    )
    yield f"A line ends where a round has fewer than {BEYOND} responses above a percentile."
    if absent:
        yield f"No latencies: {fmt.listing(absent)}."
