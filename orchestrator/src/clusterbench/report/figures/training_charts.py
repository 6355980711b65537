"""The charts of training: times, and how they grow. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.experiment import CURRENT
from clusterbench.model.training import AXES, GROUPS, scaling_group
from clusterbench.report import captions
from clusterbench.report.figures.axes import log_axis, too_long
from clusterbench.report.figures.chart import Chart, RunCharts
from clusterbench.report.figures.facets import facets, value_axis
from clusterbench.report.figures.lines import line
from clusterbench.report.figures.palette import opened, trainer_style
from clusterbench.report.figures.quantities import span_of
from clusterbench.report.tables.training_tables import MEANING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.training_summary import TrainingRow, TrainingSlope, TrainingSummary

#: Above the lines there is room for their slopes, so many times the highest.
_ROOM = 8.0
_GROWTH_CAPTION = (
    "One axis grows at a time, from the main shape; equal work, one thread. A slope of 1 means in "
    "proportion to the size. Slopes are by least squares on logarithms, with their 95% intervals "
    "over sizes."
)
#: The part of the page that shows training.
SECTION = "training"
#: Times are drawn in milliseconds.
_MILLI = 1e3


def _subtitle(run: RunRecord, found: TrainingSummary) -> tuple[str, ...]:
    """Return the lines under a title."""
    return (
        f"{captions.training(run)}; {found.passes} passes",
        f"{run.plan}",
        f"{captions.runtime(run)} on {captions.host(run)}; run {run.id}",
    )


def _hover(row: TrainingRow, time: Estimate) -> str:
    """Return what is shown over a point: its figure, its shape, and what differs in the work."""
    iterations = "" if row.iterations is None else f", {row.iterations:g} iterations"
    equal = {True: "equal work", False: "not equal work", None: ""}[row.equal]
    lines = [
        f"<b>{html.escape(row.contender)}</b>, {row.group}",
        f"{fmt.with_interval(time, _MILLI, ' ms')}{iterations}",
        (
            f"{row.points:,} x {row.features}, {row.clusters} clusters, "
            f"{fmt.plural(row.threads, 'thread')}"
        ),
        equal,
        html.escape(row.note),
    ]
    return "<br>".join(line for line in lines if line)


# ------------------------------------------------------------------------------------ times


def _draw_times(run: RunRecord, summary: Summary) -> Iterator[Chart]:
    """Draw the time of each contender in each group."""
    found = summary.training
    if found is not None:
        yield Chart(
            name="training",
            section=SECTION,
            title="Training time",
            subtitle=_subtitle(run, found),
            caption=times_caption(found),
            figure=times(found),
            facets=len(_threads(_in_groups(found))),
        )


def times(found: TrainingSummary) -> go.Figure:
    """Draw the times, grouped by what was trained."""
    rows = _in_groups(found)
    threads = _threads(rows)
    titles = [fmt.plural(number, "thread") for number in threads]
    drawn = facets(len(threads), titles if len(threads) > 1 else None)
    names = dict.fromkeys(row.contender for row in rows)
    shown: set[str] = set()
    for column, number in enumerate(threads, start=1):
        for name in names:
            own = [row for row in rows if (row.contender, row.threads) == (name, number)]
            if own:
                trace = _marks(name, own, first=name not in shown)
                drawn.add_trace(trace, row=1, col=column)
                shown.add(name)
    groups = [group for group in GROUPS if any(row.group == group for row in rows)]
    texts = [group.replace("restarts-", "restarts<br>").replace("-", " ") for group in groups]
    drawn.update_xaxes(categoryorder="array", categoryarray=groups, tickvals=groups, ticktext=texts)
    drawn.update_layout(scattermode="group", scattergap=0.25)
    spans = [span_of(row.time, _MILLI) for row in rows]
    value_axis(drawn, log_axis("training time (ms)", spans))
    return drawn


def times_caption(found: TrainingSummary) -> tuple[str, ...]:
    """Return what a reader of the times must know."""
    rows = _in_groups(found)
    lines = ["A logarithmic scale; lower is faster. Bars are 95% intervals over passes."]
    lines += [
        f"{group}: {what}."
        for group, what in MEANING.items()
        if any(row.group == group for row in rows)
    ]
    outlined = []
    if additions := _names(row for row in found.rows if row.addition):
        outlined.append(f"additions to the published comparison ({additions})")
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


def _marks(name: str, rows: Sequence[TrainingRow], *, first: bool) -> go.Scatter:
    style = trainer_style(name, rows[0].edition)
    addition = " (addition)" if any(row.addition for row in rows) else ""
    return line(
        name + addition,
        style,
        [row.group for row in rows],
        [span_of(row.time, _MILLI) for row in rows],
        symbols=[opened(style.symbol) if row.addition else style.symbol for row in rows],
        text=[_hover(row, row.time) for row in rows],
        mode="markers",
        offsetgroup=name,
        showlegend=first,
    )


# ----------------------------------------------------------------------------------- growth


def _draw_growth(run: RunRecord, summary: Summary) -> Iterator[Chart]:
    """Draw the time of an iteration along each axis."""
    found = summary.training
    if found is not None:
        yield Chart(
            name="training_growth",
            section=SECTION,
            title="How the time of an iteration grows",
            subtitle=_subtitle(run, found),
            caption=(_GROWTH_CAPTION,),
            figure=growth(found),
            facets=len(_axes(found)),
        )


def growth(found: TrainingSummary) -> go.Figure:
    """Draw the times, on logarithmic axes."""
    axes = _axes(found)
    drawn = facets(len(axes))
    shown: set[str] = set()
    for column, axis in enumerate(axes, start=1):
        rows = _along(found, axis)
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
    times = [row.time_per_iteration for axis in axes for row in _along(found, axis)]
    spans = [span_of(time, _MILLI) for time in times if time is not None]
    value_axis(drawn, log_axis("time of one iteration (ms)", spans, _ROOM))
    return drawn


def _axes(found: TrainingSummary) -> list[str]:
    return [axis for axis in AXES if _along(found, axis)]


def _along(found: TrainingSummary, axis: str) -> list[TrainingRow]:
    group = scaling_group(axis)
    return [row for row in found.rows if row.group == group and row.time_per_iteration]


def _line(name: str, axis: str, rows: Sequence[TrainingRow], *, first: bool) -> go.Scatter:
    times = [(row, row.time_per_iteration) for row in rows if row.time_per_iteration is not None]
    return line(
        name,
        trainer_style(name, rows[0].edition),
        [getattr(row, axis) for row, _ in times],
        [span_of(time, _MILLI) for _, time in times],
        text=[_hover(row, time) for row, time in times],
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


TRAINING_TIME = RunCharts(
    applies=lambda summary: bool(summary.training and _in_groups(summary.training)),
    draw=_draw_times,
)
TRAINING_GROWTH = RunCharts(
    applies=lambda summary: bool(summary.training and _axes(summary.training)),
    draw=_draw_growth,
)
