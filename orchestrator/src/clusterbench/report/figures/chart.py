"""What a chart is: a figure and its text."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure and its text. `name` is its files' stem; `subtitle` and `caption` are lines.

    `section` is the id of the chapter that shows it. `half` lets two stand side by side.
    """

    name: str
    section: str
    title: str
    subtitle: tuple[str, ...]
    caption: tuple[str, ...]
    figure: go.Figure
    facets: int = 1
    half: bool = False
