"""What a chart is: a figure and its text, as the page and as a picture. Pure."""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from clusterbench.report.figures.palette import GRID, INK, PAPER, RULE, SOFT

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Of one width each, so that a picture is laid out alike wherever it is made.
FONT = "Liberation Sans, Arial, Helvetica, DejaVu Sans, sans-serif"
WIDTH = 1160
PLOT_HEIGHT = 430
_LINE = {"title": 26, "subtitle": 18, "caption": 17}
_AXIS_HEIGHT = 88
_WRAP = {"title": 90, "subtitle": 130, "caption": 140}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure and its text. `name` is its files' stem; `subtitle` and `caption` are lines.

    `section` is the id of the chapter that shows it. `half` lets two stand side by side.
    `height` is that of the plot without its text (px). `words` are what it shows in words with its
    figures, where they are not made from the figure itself.
    """

    name: str
    section: str
    title: str
    subtitle: tuple[str, ...]
    caption: tuple[str, ...]
    figure: go.Figure
    facets: int = 1
    half: bool = False
    height: int = PLOT_HEIGHT
    words: str = ""


def bare(chart: Chart) -> go.Figure:
    """Return the figure as the page wants it: no title, no caption, transparent."""
    figure = _plain(chart.figure)
    figure.update_layout(
        margin={"l": 84, "r": 20, "t": 40, "b": 66},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        autosize=True,
    )
    return figure


def picture(chart: Chart) -> go.Figure:
    """Return the figure as a picture: title, subtitle and caption wrapped, and room for each."""
    title = _wrapped([chart.title], _WRAP["title"])
    subtitle = _wrapped(chart.subtitle, _WRAP["subtitle"])
    caption = _wrapped(chart.caption, _WRAP["caption"])
    facets = 26 if chart.facets > 1 else 0
    top = 24 + len(title) * _LINE["title"] + len(subtitle) * _LINE["subtitle"] + 22 + facets
    bottom = _AXIS_HEIGHT + len(caption) * _LINE["caption"] + 16
    figure = _plain(chart.figure)
    figure.update_layout(
        width=WIDTH,
        height=top + chart.height + bottom,
        margin={"l": 98, "r": 24, "t": top, "b": bottom},
        paper_bgcolor=PAPER,
        plot_bgcolor=PAPER,
    )
    under = top - 20 - len(title) * _LINE["title"] - 4
    for lines, size, colour, y, shift in (
        (title, 20, INK, 1.0, top - 20),
        (subtitle, 13, SOFT, 1.0, under),
        (caption, 12, SOFT, 0.0, -_AXIS_HEIGHT),
    ):
        figure.add_annotation(
            text="<br>".join(html.escape(line, quote=False) for line in lines),
            xref="paper",
            yref="paper",
            x=0,
            y=y,
            xanchor="left",
            yanchor="top",
            xshift=-78,
            yshift=shift,
            align="left",
            showarrow=False,
            font={"size": size, "color": colour},
        )
    return figure


def _plain(figure: go.Figure) -> go.Figure:
    figure = go.Figure(figure)
    axis = {
        "gridcolor": GRID,
        "linecolor": RULE,
        "showline": True,
        "ticks": "outside",
        "tickcolor": RULE,
        "zeroline": False,
        "title": {"font": {"size": 14}, "standoff": 10},
    }
    figure.update_xaxes(axis)
    figure.update_yaxes(axis)
    figure.update_layout(
        template="none",
        font={"family": FONT, "size": 13, "color": INK},
        # As wide as one long dash and the gap after it.
        legend={
            "x": 1.01,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "top",
            "tracegroupgap": 2,
            "itemwidth": 45,
        },
        hoverlabel={"align": "left"},
        hovermode="closest",
    )
    return figure


def _wrapped(lines: Sequence[str], width: int) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, width, break_on_hyphens=False)]
