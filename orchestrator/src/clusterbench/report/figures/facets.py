"""A figure's facets, side by side on one axis of values, and what is written across them. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from plotly.subplots import make_subplots

from clusterbench.report.figures.palette import GREY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

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
    """Give all facets one axis of values; its title stands at the first."""
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
