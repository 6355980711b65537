"""The parts of every figure: facets, lines with error bars, entries of a legend, messages. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clusterbench.report.figures.palette import GREY, Style
from clusterbench.report.figures.quantities import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clusterbench.model.disturbance import Disturbed

#: A triangle pointing up: the true figure is this or more.
LOWER_BOUND = "triangle-up-open"
#: A triangle pointing down: the true figure is this or less.
UPPER_BOUND = "triangle-down-open"
#: What stands beside a sweep.
BESIDE, BESIDE_LOWER_BOUND = "diamond", "diamond-open"
#: Around what others disturbed.
RING, _RING_SIZE = "circle-open", 18
_SIZES = dict.fromkeys((LOWER_BOUND, UPPER_BOUND, BESIDE, BESIDE_LOWER_BOUND), 11)
_SIZE = 8
_APART = 0.025


def facets(number: int, titles: Sequence[str] | None = None) -> go.Figure:
    """Return an empty figure of so many facets, with their titles above."""
    return make_subplots(
        cols=max(1, number),
        shared_yaxes=True,
        horizontal_spacing=_APART,
        subplot_titles=list(titles) if titles else None,
    )


def value_axis(figure: go.Figure, axis: Mapping[str, Any]) -> None:
    """Set one axis of values for all facets; its title stands at the first."""
    figure.update_yaxes({key: value for key, value in axis.items() if key != "title"})
    figure.update_yaxes(title=axis["title"], col=1)


def rule(figure: go.Figure, **at: Any) -> None:  # noqa: ANN401 - plotly's own x, y, row, col
    """Draw a dotted grey line at an x or at a y."""
    draw = figure.add_vline if "x" in at else figure.add_hline
    draw(line={"color": GREY, "width": 1, "dash": "dot"}, **at)


def message(figure: go.Figure, text: str) -> None:
    """Write a message in the middle of a figure."""
    figure.add_annotation(
        text=html.escape(text).replace("\n", "<br>"),
        xref="paper",
        yref="paper",
        x=0.5,
        y=0.5,
        showarrow=False,
        font={"size": 15},
    )


def line(
    name: str,
    style: Style,
    x: Sequence[Any],
    spans: Sequence[Span | None],
    *,
    symbols: Sequence[str] | None = None,
    text: Sequence[str] | None = None,
    **options: Any,  # noqa: ANN401 - plotly's own options of a trace
) -> go.Scatter:
    """Return a line through points with their error bars, broken where there is no span.

    `symbols` are each point's, by default the style's. `text` is shown over each point. `options`
    are plotly's, such as `mode="markers"` for points without a line, and `showlegend`.
    """
    shown = {
        "mode": "lines+markers",
        "showlegend": False,
        "legendgroup": name,
        "text": text,
        "hovertemplate": "%{text}<extra></extra>" if text is not None else None,
        "line": {"color": style.colour, "width": 2, "dash": style.dash},
    }
    marks = [style.symbol] * len(spans) if symbols is None else list(symbols)
    return go.Scatter(
        x=list(x),
        y=[span and span.value for span in spans],
        error_y=error_bars(spans, style.colour),
        marker={
            "symbol": marks,
            "opacity": 1.0,  # plotly fades markers of several sizes by itself
            "size": [_SIZES.get(symbol, _SIZE) for symbol in marks],
            "color": style.colour,
            "line": {"width": 1.5, "color": style.colour},
        },
        name=html.escape(name),
        **{**shown, **options},
    )


def error_bars(
    spans: Sequence[Span | None], colour: str, *, thickness: float = 1.2, width: float = 5
) -> dict[str, Any]:
    """Return plotly's error bars for points: `error_y`, or `error_x` where they lie across.

    They are not drawn where no span has an interval.
    """
    return {
        "type": "data",
        "symmetric": False,
        "array": [span and span.high - span.value for span in spans],
        "arrayminus": [span and span.value - span.low for span in spans],
        "color": colour,
        "thickness": thickness,
        "width": width,
        "visible": any(span and span.high > span.low for span in spans),
    }


def band(
    x: Sequence[float], lows: Sequence[float], highs: Sequence[float], colour: str
) -> go.Scatter:
    """Return what lies between two lines over `x` as one area, without an entry in the legend."""
    return go.Scatter(
        x=[*x, *reversed(x)],
        y=[*highs, *reversed(lows)],
        fill="toself",
        fillcolor=colour,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def entry(name: str, style: Style, *, mode: str = "lines+markers") -> go.Scatter:
    """Return an entry of the legend for what is drawn under this name."""
    return line(name, style, [None], [None], mode=mode, showlegend=True, hoverinfo="skip")


def rings(
    x: Sequence[Any], spans: Sequence[Span | None], figures: Sequence[Disturbed]
) -> Iterator[go.Scatter]:
    """Draw a ring around each point that stayed disturbed; nothing where none did."""
    if not any(each.disturbed for each in figures):
        return
    shown = [s if each.disturbed else None for s, each in zip(spans, figures, strict=True)]
    yield go.Scatter(
        x=list(x),
        y=[span and span.value for span in shown],
        mode="markers",
        marker={"symbol": RING, "size": _RING_SIZE, "color": GREY, "line": {"width": 1.5}},
        showlegend=False,
        hoverinfo="skip",
    )


def ring_entry(figures: Iterable[Disturbed]) -> Iterator[go.Scatter]:
    """Return the entry of the legend for rings, where there are any."""
    if any(each.disturbed for each in figures):
        yield entry("disturbed", Style(GREY, RING), mode="markers")


def nothing() -> go.Scatter:
    """Return a trace that shows nothing: without any, plotly leaves a facet's axes out."""
    return go.Scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip")


def reached(traces: Sequence[go.Scatter]) -> Iterator[Span]:
    """Return what traces reach over with their bars, for an axis."""
    for trace in traces:
        bars = trace.error_y
        none = [0.0] * len(trace.y)
        ups, downs = bars.array or none, bars.arrayminus or none
        for y, up, down in zip(trace.y, ups, downs, strict=True):
            if y is not None and y > 0:
                yield Span(y - (down or 0.0), y, y + (up or 0.0))
