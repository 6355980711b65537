"""Lines and marks with error bars, and entries of a legend: the parts of every figure. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from clusterbench.report.figures.quantities import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.report.figures.palette import Style

#: A triangle pointing up: the true figure is this or more.
LOWER_BOUND = "triangle-up-open"
#: What stands beside a sweep.
BESIDE, BESIDE_LOWER_BOUND = "diamond", "diamond-open"
_POINT, _MARK = 8, 11


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
    marks = [style.symbol] * len(spans) if symbols is None else list(symbols)
    shown = {
        "mode": "lines+markers",
        "showlegend": False,
        "legendgroup": name,
        "text": text,
        "hovertemplate": "%{text}<extra></extra>" if text is not None else None,
        "line": {"color": style.colour, "width": 2, "dash": style.dash},
    }
    return go.Scatter(
        x=list(x),
        y=[span and span.value for span in spans],
        error_y=error_bars(spans, style.colour),
        marker=marker(marks, style.colour),
        name=html.escape(name),
        **{**shown, **options},
    )


def error_bars(spans: Sequence[Span | None], colour: str) -> dict[str, Any]:
    """Return the error bars of points; they are not drawn where no span is wider than its point."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [span and span.high - span.value for span in spans],
        "arrayminus": [span and span.value - span.low for span in spans],
        "color": colour,
        "thickness": 1.2,
        "width": 5,
        "visible": any(span and span.high > span.low for span in spans),
    }


def marker(symbols: str | Sequence[str], colour: str) -> dict[str, Any]:
    """Return plotly's options of marks: one symbol, or one for each point."""
    one = isinstance(symbols, str)
    return {
        "symbol": symbols if one else list(symbols),
        "opacity": 1.0,  # plotly fades markers of several sizes by itself
        "size": _size(str(symbols)) if one else [_size(symbol) for symbol in symbols],
        "color": colour,
        "line": {"width": 1.5, "color": colour},
    }


def entry(name: str, style: Style, *, mode: str = "lines+markers") -> go.Scatter:
    """Return an entry of the legend for what is drawn under this name."""
    return go.Scatter(
        x=[None],
        y=[None],
        mode=mode,
        name=html.escape(name),
        legendgroup=name,
        line={"color": style.colour, "width": 2, "dash": style.dash},
        marker=marker(style.symbol, style.colour),
        hoverinfo="skip",
    )


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


def _size(symbol: str) -> int:
    return _MARK if symbol in {LOWER_BOUND, BESIDE, BESIDE_LOWER_BOUND} else _POINT
