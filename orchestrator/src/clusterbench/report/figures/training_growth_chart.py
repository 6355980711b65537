"""The time of an iteration along each axis, a facet each, with its slope. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from clusterbench.model.training import AXES, scaling_group
from clusterbench.report.figures.axes import log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.facets import facets, value_axis
from clusterbench.report.figures.lines import line
from clusterbench.report.figures.palette import trainer_style
from clusterbench.report.figures.quantities import span_of
from clusterbench.report.figures.training_marks import MILLI, SECTION, hover, subtitle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.training_summary import TrainingRow, TrainingSlope, TrainingSummary

#: Above the lines there is room for their slopes, so many times the highest.
_ROOM = 8.0
_CAPTION = (
    "One axis grows at a time, from the main shape; equal work, one thread. A slope of 1 means in "
    "proportion to the size. Slopes are by least squares on logarithms, with their 95% intervals "
    "over sizes."
)


class TrainingGrowthChart:
    """How the time of an iteration grows."""

    def applies(self, summary: Summary) -> bool:
        """Return whether the run trained along an axis."""
        return summary.training is not None and bool(_axes(summary.training))

    def draw(self, run: RunRecord, summary: Summary) -> Iterator[Chart]:
        """Draw it."""
        found = summary.training
        if found is not None:
            yield Chart(
                name="training_growth",
                section=SECTION,
                title="How the time of an iteration grows",
                subtitle=subtitle(run, found),
                caption=(_CAPTION,),
                figure=figure(found),
                facets=len(_axes(found)),
            )


def figure(found: TrainingSummary) -> go.Figure:
    """Draw the times, on logarithmic axes."""
    axes = _axes(found)
    drawn = facets(len(axes))
    shown: set[str] = set()
    for column, axis in enumerate(axes, start=1):
        rows = _rows(found, axis)
        for name in dict.fromkeys(row.contender for row in rows):
            own = [row for row in rows if row.contender == name]
            trace = _line(name, axis, own, first=name not in shown)
            drawn.add_trace(trace, row=1, col=column)
            shown.add(name)
        sizes = sorted({getattr(row, axis) for row in rows})
        drawn.update_xaxes(
            type="log",
            tickvals=sizes,
            ticktext=[_short(size) for size in sizes],
            title={"text": axis},
            row=1,
            col=column,
        )
        _annotate(drawn, column, [slope for slope in found.slopes if slope.axis == axis])
    times = [row.time_per_iteration for axis in axes for row in _rows(found, axis)]
    spans = [span_of(time, MILLI) for time in times if time is not None]
    value_axis(drawn, log_axis("time of one iteration (ms)", spans, _ROOM))
    return drawn


def _axes(found: TrainingSummary) -> list[str]:
    return [axis for axis in AXES if _rows(found, axis)]


def _rows(found: TrainingSummary, axis: str) -> list[TrainingRow]:
    group = scaling_group(axis)
    return [row for row in found.rows if row.group == group and row.time_per_iteration]


def _line(name: str, axis: str, rows: Sequence[TrainingRow], *, first: bool) -> go.Scatter:
    times = [(row, row.time_per_iteration) for row in rows if row.time_per_iteration is not None]
    return line(
        name,
        trainer_style(name, rows[0].edition),
        [getattr(row, axis) for row, _ in times],
        [span_of(time, MILLI) for _, time in times],
        text=[hover(row, time) for row, time in times],
        showlegend=first,
    )


def _annotate(drawn: go.Figure, column: int, slopes: Sequence[TrainingSlope]) -> None:
    """Write the slopes into the upper left corner of a facet."""
    if not slopes:
        return
    number = column if column > 1 else ""
    drawn.add_annotation(
        text="<br>".join(["slope", *map(_slope, slopes)]),
        xref=f"x{number} domain",
        yref=f"y{number} domain",
        x=0.03,
        y=0.97,
        align="left",
        showarrow=False,
        font={"size": 12},
    )


def _slope(slope: TrainingSlope) -> str:
    value = slope.slope
    text = f"{html.escape(slope.contender)} {value.value:.2f}"
    if value.low is None or value.high is None:
        return text
    return f"{text} [{value.low:.2f}, {value.high:.2f}]"


def _short(size: int) -> str:
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if size >= unit:
            return f"{size / unit:g}{name}"
    return str(size)
