"""Published figures beside measured ones: lines behind plots, and plots of their own. Pure.

Drawn where a run has a scenario that is measured as published: what was published against what
is measured, as it was run then and by the reference method.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clusterbench.measure.published import published_name, published_sweep, stands_for
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.experiment import CURRENT, GeneratorName, Loop, Method
from clusterbench.report.figures.axes import log_axis
from clusterbench.report.figures.quantities import Quantity, Span
from clusterbench.report.figures.traces import LOWER_BOUND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clusterbench.model.claims import Published
    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Style
    from clusterbench.report.sections import Section

GREY, INK = "#8A929C", "#3A3F45"
FACETS_APART = 0.025
#: How lines are dashed, as published and reference: of 2019, and of the current edition.
DASHES = (("longdashdot", "longdash"), ("dot", "solid"))
#: How a published summary gives what a measure shows, in the measure's unit.
_PUBLISHED: Mapping[str, Callable[[Published], float]] = {
    "throughput": lambda summary: summary.rps,
    "p50": lambda summary: summary.p50_ms,
    "p95": lambda summary: summary.p95_ms,
    "p99": lambda summary: summary.p99_ms,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A contender as published, with its cells measured so, and those of its edition reference."""

    name: str
    edition: str
    colour: str
    symbol: str
    then: tuple[CellSummary, ...]
    reference: tuple[CellSummary, ...]

    @property
    def label(self) -> str:
        """Name it: `rust-tonic`, `rust-tonic, 2019`."""
        return self.name if self.edition == CURRENT else f"{self.name}, {self.edition}"

    @property
    def dashes(self) -> tuple[str, str]:
        """Return the dashes of what is measured as published, and reference."""
        return DASHES[self.edition == CURRENT]

    @property
    def both(self) -> Iterator[tuple[CellSummary, CellSummary]]:
        """Return the levels that were measured both ways: as published, and reference."""
        by_level = {cell.level: cell for cell in self.reference if cell.throughput}
        return (
            (cell, by_level[cell.level])
            for cell in self.then
            if cell.throughput and cell.level in by_level
        )


def behind(
    run: RunRecord, section: Section, measure: Quantity, looks: Mapping[str, Style]
) -> tuple[go.Scatter, ...]:
    """Return the published lines behind a measure of a section that is measured as published."""
    if measure.name not in _PUBLISHED or not section.scenario.as_published:
        return ()
    symbols = {
        published_name(run.experiment.contenders[name]): looks[name].symbol
        for name in section.contenders
    }
    return tuple(
        _published_line(run, name, section.scenario.sweep, measure, symbol)
        for name, symbol in symbols.items()
        if published_sweep(name, run.claims.published)
    )


def legend_entry(run: RunRecord) -> go.Scatter:
    """Return the legend's entry of the published lines."""
    return go.Scatter(
        x=[None],
        y=[None],
        mode="lines+markers",
        name=html.escape(f"published, {run.claims.host}"),
        line={"color": GREY, "width": 1.2, "dash": "dash"},
        marker={"color": GREY, "size": 5},
        hoverinfo="skip",
    )


def spans(traces: Sequence[go.Scatter]) -> list[Span]:
    """Return what lines reach over, for an axis."""
    return [Span(y, y, y) for trace in traces for y in trace.y if y is not None and y > 0]


def pairs(run: RunRecord, section: Section, looks: Mapping[str, Style]) -> tuple[Pair, ...]:
    """Pair what a section measured as published with the same levels measured by the reference method."""
    contenders = run.experiment.contenders
    found = []
    for each in section.scenario.contenders:
        contender = contenders[each]
        name = published_name(contender)
        reference = _reference(run, section, name, contender.edition)
        style = looks[reference[0].contender] if reference else looks[each]
        found.append(
            Pair(
                name=name,
                edition=contender.edition,
                colour=style.colour,
                symbol=style.symbol,
                then=section.of(section.scenario, each),
                reference=reference,
            )
        )
    return tuple(found)


def against(run: RunRecord, found: Sequence[Pair], measure: Quantity) -> go.Figure:
    """Draw a measure by level, a facet for each contender: published, as published, reference."""
    names = list(dict.fromkeys(pair.name for pair in found))
    figure = make_subplots(
        cols=len(names), shared_yaxes=True, horizontal_spacing=FACETS_APART, subplot_titles=names
    )
    levels = sorted({cell.level for pair in found for cell in pair.then})
    for column, name in enumerate(names, start=1):
        if published_sweep(name, run.claims.published):
            symbol = next(pair.symbol for pair in found if pair.name == name)
            line = _published_line(run, name, levels, measure, symbol)
            figure.add_trace(line, row=1, col=column)
        for pair in (pair for pair in found if pair.name == name):
            for cells, then in ((pair.then, True), (pair.reference, False)):
                figure.add_trace(_line(pair, cells, measure, then=then), row=1, col=column)
    drawn = [span for trace in figure.data for span in _reach(trace)]
    axes(figure, levels, log_axis(measure.axis, drawn))
    for entry in _legend(run, found):
        figure.add_trace(entry, row=1, col=1)
    return figure


# --------------------------------------------------------------------------------- the parts


def _reference(
    run: RunRecord, section: Section, name: str, edition: str
) -> tuple[CellSummary, ...]:
    """Find the same method's sweep by ghz, measured by the reference method, that shares the most levels."""
    wanted = set(section.scenario.sweep)
    best: tuple[CellSummary, ...] = ()
    for scenario in run.experiment.scenarios.values():
        if not _comparable(scenario):
            continue
        for each in scenario.contenders:
            if not stands_for(run.experiment.contenders[each], name, edition):
                continue
            cells = [section.cells.get((each, scenario.name, lvl)) for lvl in scenario.sweep]
            kept = tuple(c for c in cells if c is not None and c.level in wanted)
            if len(kept) > len(best):
                best = kept
    return best


def _comparable(scenario: Scenario) -> bool:
    return (
        scenario.generator is GeneratorName.GHZ
        and scenario.method is Method.PREDICT
        and scenario.loop is Loop.CLOSED
        and not scenario.as_published
    )


def _published_line(
    run: RunRecord,
    name: str,
    levels: Sequence[int],
    measure: Quantity,
    symbol: str,
) -> go.Scatter:
    value = _PUBLISHED[measure.name]
    kept = [s for s in published_sweep(name, run.claims.published) if s.concurrency in levels]
    label = f"{name}, published, {run.claims.host}"
    return go.Scatter(
        x=[summary.concurrency for summary in kept],
        y=[value(summary) for summary in kept],
        mode="lines+markers",
        name=html.escape(label),
        showlegend=False,
        line={"color": GREY, "width": 1.2, "dash": "dash"},
        marker={"color": GREY, "size": 6, "symbol": _open(symbol)},
        hovertemplate="%{y:,.4~g}" + measure.unit + f"<extra>{html.escape(label)}</extra>",
    )


def _line(pair: Pair, cells: Sequence[CellSummary], measure: Quantity, *, then: bool) -> go.Scatter:
    shown = [(cell, span) for cell in cells if (span := measure.span(cell))]
    return go.Scatter(
        x=[cell.level for cell, _ in shown],
        y=[span.value for _, span in shown],
        error_y=bars([span for _, span in shown]),
        mode="lines+markers",
        showlegend=False,
        line={"color": pair.colour, "width": 2, "dash": pair.dashes[not then]},
        marker={
            "symbol": [
                _open(pair.symbol)
                if then
                else LOWER_BOUND
                if measure.lower_bound(c)
                else pair.symbol
                for c, _ in shown
            ],
            "opacity": 1.0,
            "size": 9 if then else 8,
            "color": pair.colour,
        },
        name=html.escape(f"{pair.label}, {'as published' if then else 'properly'}"),
    )


def _legend(run: RunRecord, found: Sequence[Pair]) -> Iterator[go.Scatter]:
    yield legend_entry(run)
    editions = dict.fromkeys(pair.edition for pair in found)
    for edition in editions:
        for then in (True, False):
            words = "measured as published" if then else "measured by the reference method"
            current = edition == CURRENT
            dash = DASHES[current][not then]
            yield go.Scatter(
                x=[None],
                y=[None],
                mode="lines+markers",
                name=words if current else f"{words}, {edition}",
                line={"color": INK, "width": 2, "dash": dash},
                marker={
                    "symbol": "circle" if current and not then else "circle-open",
                    "size": 8,
                    "color": INK,
                },
                hoverinfo="skip",
            )
    if any(cell.lower_bound for pair in found for cell in pair.reference):
        yield go.Scatter(
            x=[None],
            y=[None],
            mode="markers",
            name="client-bound: a lower bound",
            marker={"symbol": LOWER_BOUND, "size": 10, "color": INK},
            hoverinfo="skip",
        )


def _open(symbol: str) -> str:
    return symbol if symbol.endswith("-open") else f"{symbol}-open"


def _reach(trace: go.Scatter) -> Iterator[Span]:
    bars = trace.error_y
    ups = bars.array if bars.array is not None else [0.0] * len(trace.y)
    downs = bars.arrayminus if bars.arrayminus is not None else [0.0] * len(trace.y)
    for y, up, down in zip(trace.y, ups, downs, strict=True):
        if y is not None and y > 0:
            yield Span(y - down, y, y + up)


def bars(spans: Sequence[Span]) -> dict[str, Any]:
    """Return points their bars, or none where no span is wider than its point."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [span.high - span.value for span in spans],
        "arrayminus": [span.value - span.low for span in spans],
        "visible": any(span.high > span.low for span in spans),
        "thickness": 1.2,
        "width": 4,
    }


def axes(figure: go.Figure, levels: Sequence[int], axis: Mapping[str, Any]) -> None:
    """Return every facet the axis of levels, and all one axis of values."""
    figure.update_xaxes(level_axis(levels))
    figure.update_yaxes({key: value for key, value in axis.items() if key != "title"})
    figure.update_yaxes(title=axis["title"], col=1)


def level_axis(levels: Sequence[int]) -> dict[str, Any]:
    """Return the axis of levels: a tick at each, or at every other where they are many."""
    shown = list(levels) if len(levels) <= 6 else list(levels)[::2]  # noqa: PLR2004
    low, high = (min(levels), max(levels)) if levels else (1, 10)
    return {
        "type": "log",
        "title": {"text": "concurrency"},
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [f"{level:,}" for level in shown],
        "range": [math.log10(low) - 0.2, math.log10(high) + 0.2],
    }
