"""What a chart is, and a family of charts: when it applies, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import plotly.graph_objects as go

from clusterbench.model.records import RunRecord
from clusterbench.model.summary import Summary
from clusterbench.report.figures.palette import Styles
from clusterbench.report.sections import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure and its text. `name` is its files' stem; `subtitle` and `caption` are lines.

    `section` names the part of the page that shows it: a section's scenario, or `training`.
    `half` lets two stand side by side.
    """

    name: str
    section: str
    title: str
    subtitle: tuple[str, ...]
    caption: tuple[str, ...]
    figure: go.Figure
    facets: int = 1
    half: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionCharts:
    """Charts of one section of a run, where it has what they show."""

    applies: Callable[[Section], bool]
    draw: Callable[[RunRecord, Section, Styles], Iterable[Chart]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCharts:
    """Charts of a run as a whole, where it has what they show."""

    applies: Callable[[Summary], bool]
    draw: Callable[[RunRecord, Summary], Iterable[Chart]]
