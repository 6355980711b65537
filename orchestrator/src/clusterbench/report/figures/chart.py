"""What a chart is, and what draws the charts of one family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import plotly.graph_objects as go

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.palette import Style
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


class SectionCharts(Protocol):
    """A family of charts that are drawn from one section of a run."""

    def applies(self, section: Section) -> bool:
        """Return whether a section has what the charts show."""
        ...

    def draw(
        self, run: RunRecord, section: Section, styles: Mapping[str, Style]
    ) -> Iterator[Chart]:
        """Draw them, `styles` being those of the run's contenders."""
        ...


class RunCharts(Protocol):
    """A family of charts that are drawn from a run as a whole."""

    def applies(self, summary: Summary) -> bool:
        """Return whether a run has what the charts show."""
        ...

    def draw(self, run: RunRecord, summary: Summary) -> Iterator[Chart]:
        """Draw them."""
        ...
