"""The charts of training: times, and how they grow. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, NamedTuple

from clusterbench.model import numbers as fmt
from clusterbench.model.contender import CURRENT
from clusterbench.model.training import AXES, GROUPS, scaling_group
from clusterbench.report import captions
from clusterbench.report.figures.axes import log_axis, too_long
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import opened, trainer_style
from clusterbench.report.figures.parts import facets, line, value_axis
from clusterbench.report.figures.quantities import Span, span_of
from clusterbench.report.sections import TRAINING
from clusterbench.report.tables.training_tables import MEANING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord
    from clusterbench.model.training_summary import TrainingRow, TrainingSlope, TrainingSummary

#: Above the lines there is room for their slopes, so many times the highest.
_ROOM = 8.0
_GROWTH_CAPTION = (
    "One axis grows at a time, from the main shape; equal work, one thread. A slope of 1 means in "
    "proportion to the size. Slopes are by least squares on logarithms, with their "
    f"{captions.INTERVAL}s over sizes."
)
#: Times are drawn in milliseconds.
_MILLI = 1e3


class _Point(NamedTuple):
    """A time (s), and where it stands on its facet's axis."""

    at: str | int
    time: Estimate
    row: TrainingRow

    @property
    def span(self) -> Span:
        """Return what is drawn (ms)."""
        return span_of(self.time, _MILLI)


def _subtitle(run: RunRecord, found: TrainingSummary) -> tuple[str, ...]:
    return (
        f"{captions.training(run)}; {found.passes} passes",
        f"{run.plan}",
        f"{captions.where(run)}; run {run.id}",
    )


def _figure(
    shown: Sequence[Sequence[_Point]],
    axis: str,
    mode: str,
    *,
    titles: Sequence[str] | None = None,
    room: float = 1.0,
) -> go.Figure:
    """Draw a facet for each list of points; a contender is in the legend once."""
    drawn = facets(len(shown), titles)
    known: set[str] = set()
    for column, points in enumerate(shown, start=1):
        for name in dict.fromkeys(point.row.contender for point in points):
            own = [point for point in points if point.row.contender == name]
            trace = _trace(name, own).update(mode=mode, showlegend=name not in known)
            drawn.add_trace(trace, row=1, col=column)
            known.add(name)
    value_axis(drawn, log_axis(axis, [p.span for points in shown for p in points], room))
    return drawn


def _trace(name: str, points: Sequence[_Point]) -> go.Scatter:
    style = trainer_style(name, points[0].row.edition)
    additions = [point.row.addition for point in points]
    return line(
        f"{name} (addition)" if any(additions) else name,
        style,
        [point.at for point in points],
        [point.span for point in points],
        symbols=[opened(style.symbol) if addition else style.symbol for addition in additions],
        text=[_hover(point) for point in points],
        offsetgroup=name,
    )


def _hover(point: _Point) -> str:
    """Return what is shown over a point: its figure, its shape, and what differs in the work."""
    row = point.row
    iterations = "" if row.iterations is None else f", {row.iterations:g} iterations"
    equal = {True: "equal work", False: "not equal work", None: ""}[row.equal]
    shape = f"{row.points:,} x {row.features}, {row.clusters} clusters"
    lines = [
        f"<b>{html.escape(row.contender)}</b>, {row.group}",
        f"{fmt.with_interval(point.time, _MILLI, ' ms')}{iterations}",
        f"{shape}, {fmt.plural(row.threads, 'thread')}",
        equal,
        html.escape(row.note),
    ]
    return "<br>".join(line for line in lines if line)


# ------------------------------------------------------------------------------------ times


def training_times(run: RunRecord, found: TrainingSummary) -> Iterator[Chart]:
    """Draw the time of each contender in each group."""
    if rows := _in_groups(found):
        yield Chart(
            name="training",
            section=TRAINING,
            title="Training time",
            subtitle=_subtitle(run, found),
            caption=times_caption(found),
            figure=times(found),
            facets=len(_threads(rows)),
        )


def times(found: TrainingSummary) -> go.Figure:
    """Draw the times, grouped by what was trained, a facet for each number of threads."""
    rows = _in_groups(found)
    threads = _threads(rows)
    titles = [fmt.plural(number, "thread") for number in threads]
    drawn = _figure(
        [[_Point(r.group, r.time, r) for r in rows if r.threads == number] for number in threads],
        "training time (ms)",
        "markers",
        titles=titles if len(threads) > 1 else None,
    )
    groups = [group for group in GROUPS if any(row.group == group for row in rows)]
    texts = [group.replace("restarts-", "restarts<br>").replace("-", " ") for group in groups]
    drawn.update_xaxes(categoryorder="array", categoryarray=groups, tickvals=groups, ticktext=texts)
    drawn.update_layout(scattermode="group", scattergap=0.25)
    return drawn


def times_caption(found: TrainingSummary) -> tuple[str, ...]:
    """Return what a reader of the times must know."""
    rows = _in_groups(found)
    bars = f"Bars are {captions.INTERVAL}s over passes."
    lines = [f"A logarithmic scale; lower is faster. {bars}"]
    lines += [
        f"{group}: {what}."
        for group, what in MEANING.items()
        if any(row.group == group for row in rows)
    ]
    additions = _names(row for row in found.rows if row.addition)
    outlined = [f"additions to the published comparison ({additions})"] if additions else []
    if any(row.edition != CURRENT for row in found.rows):
        outlined.append("libraries of 2019, darker")
    if outlined:
        lines.append(f"Open marks: {'; '.join(outlined)}.")
    if any(too_long(span_of(row.time, _MILLI)) for row in rows):
        lines.append("A bar that ends at the plot's edge goes on beyond it: see the table.")
    if unequal := _names(row for row in rows if row.equal is False):
        lines.append(f"Not equal work, by iterations or inertia: {unequal}.")
    return tuple(lines)


def _in_groups(found: TrainingSummary) -> list[TrainingRow]:
    return [row for row in found.rows if row.group in GROUPS]


def _threads(rows: Sequence[TrainingRow]) -> list[int]:
    return sorted({row.threads for row in rows})


def _names(rows: Iterable[TrainingRow]) -> str:
    return ", ".join(dict.fromkeys(row.contender for row in rows))


# ----------------------------------------------------------------------------------- growth


def training_growth(run: RunRecord, found: TrainingSummary) -> Iterator[Chart]:
    """Draw the time of an iteration along each axis."""
    if axes := _along_axes(found):
        yield Chart(
            name="training_growth",
            section=TRAINING,
            title="How the time of an iteration grows",
            subtitle=_subtitle(run, found),
            caption=(_GROWTH_CAPTION,),
            figure=growth(found),
            facets=len(axes),
        )


def growth(found: TrainingSummary) -> go.Figure:
    """Draw the times on logarithmic axes, a facet for each axis that grows."""
    axes = _along_axes(found)
    title = "time of one iteration (ms)"
    drawn = _figure(list(axes.values()), title, "lines+markers", room=_ROOM)
    for column, (axis, points) in enumerate(axes.items(), start=1):
        sizes = sorted({int(point.at) for point in points})
        drawn.update_xaxes(
            type="log",
            tickvals=sizes,
            ticktext=[_short(size) for size in sizes],
            title={"text": axis},
            row=1,
            col=column,
        )
        _annotate(drawn, column, [slope for slope in found.slopes if slope.axis == axis])
    return drawn


def _along_axes(found: TrainingSummary) -> dict[str, list[_Point]]:
    """Return the times of an iteration by the axis that grows, of those that were measured."""
    points = {
        axis: [
            _Point(getattr(row, axis), row.time_per_iteration, row)
            for row in found.rows
            if row.group == scaling_group(axis) and row.time_per_iteration is not None
        ]
        for axis in AXES
    }
    return {axis: found for axis, found in points.items() if found}


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
    low, high = slope.slope.low, slope.slope.high
    between = "" if low is None or high is None else f" [{low:.2f}, {high:.2f}]"
    return f"{html.escape(slope.contender)} {slope.slope.value:.2f}{between}"


def _short(size: int) -> str:
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if size >= unit:
            return f"{size / unit:g}{name}"
    return str(size)
