"""Training in a report: tables for each medium, and two plots. Pure."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clusterbench.model.experiment import EDITION_2019
from clusterbench.model.training import AXES, GROUPS, scaling_group
from clusterbench.report import captions
from clusterbench.report.figures.axes import log_axis, too_long
from clusterbench.report.figures.palette import Style, darker
from clusterbench.report.figures.quantities import Span
from clusterbench.report.tables import training_tables as table
from clusterbench.report.tables.cells import Table, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord
    from clusterbench.model.training_summary import TrainingRow, TrainingSlope, TrainingSummary

#: Colours as the servers': scikit-learn blue, linfa from Python green, linfa in Rust vermilion;
#: those of 2019 darker and open.
LOOKS = {
    "sklearn": Style("#0072B2", "circle"),
    "linfa-py": Style("#009E73", "square"),
    "linfa-rust": Style("#D55E00", "pentagon"),
    "sklearnex": Style("#E69F00", "hexagon"),
    "faiss": Style("#CC79A7", "star-square"),
    "sklearn-2019": Style(darker("#0072B2"), "circle-open"),
    "linfa-py-2019": Style(darker("#009E73"), "square-open"),
}
_OTHER = Style("#8C6D31", "diamond")
SECTION = "training"
#: Above the lines of growth there is room for their slopes, so many times the highest.
_ROOM = 8.0


def tables(summary: TrainingSummary) -> tuple[Table, ...]:
    """Return every table as the report's media take it."""
    return tuple(
        Table(
            title=grid.title,
            columns=grid.columns,
            rows=tuple(tuple(Value(*cell) for cell in row) for row in grid.rows),
            names=grid.names,
        )
        for grid in table.tables(summary)
    )


def lead(run: RunRecord) -> str:
    """Say in a line what was trained, and on what."""
    training = run.experiment.training
    if training is None:
        return ""
    return (
        f"make_blobs of {training.shape.points:,} points x {training.shape.features} features, "
        f"{training.shape.clusters} clusters, spread {training.spread:g}, seed {training.seed}; "
        f"at most {training.max_iter} iterations, tolerance {training.tolerance:g}; "
        f"pytest-benchmark on CPUs {run.plan.server}"
    )


def times(summary: TrainingSummary) -> go.Figure:
    """Draw each contender's training time in each group, with its interval."""
    rows = [row for row in summary.rows if row.group in GROUPS]
    threads = sorted({row.threads for row in rows})
    figure = make_subplots(
        cols=max(1, len(threads)),
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=[_threads(n) for n in threads] if len(threads) > 1 else None,
    )
    for column, number in enumerate(threads, start=1):
        here = [row for row in rows if row.threads == number]
        for name in dict.fromkeys(row.contender for row in rows):
            mine = [row for row in here if row.contender == name]
            if mine:
                figure.add_trace(_bars(name, mine, first=column == 1), row=1, col=column)
    groups = [group for group in GROUPS if any(row.group == group for row in rows)]
    figure.update_xaxes(
        categoryorder="array",
        categoryarray=groups,
        tickvals=groups,
        ticktext=[group.replace("ten-restarts-", "ten restarts<br>").replace("-", " ")
                  for group in groups],
    )  # fmt: skip
    figure.update_layout(scattermode="group", scattergap=0.25)
    _log(figure, "time of one call (ms)", [row.time for row in rows])
    return figure


def growth(summary: TrainingSummary) -> go.Figure:
    """Draw the time of an iteration along each axis, a facet each, on logarithmic axes."""
    axes = [axis for axis in AXES if any(r.group == scaling_group(axis) for r in summary.rows)]
    figure = make_subplots(
        cols=max(1, len(axes)),
        shared_yaxes=True,
        horizontal_spacing=0.03,
    )
    shown: set[str] = set()
    drawn: list[Estimate] = []
    for column, axis in enumerate(axes, start=1):
        rows = [r for r in summary.rows if r.group == scaling_group(axis) and r.time_per_iteration]
        slopes = {s.contender: s for s in summary.slopes if s.axis == axis}
        names = list(dict.fromkeys(row.contender for row in rows))
        said = []
        for name in names:
            mine = [row for row in rows if row.contender == name]
            figure.add_trace(_line(name, axis, mine, first=name not in shown), row=1, col=column)
            shown.add(name)
            drawn += [r.time_per_iteration for r in mine if r.time_per_iteration]
            if name in slopes:
                said.append(_slope_text(slopes[name]))
        sizes = sorted({getattr(row, axis) for row in rows})
        figure.update_xaxes(
            type="log",
            tickvals=sizes,
            ticktext=[_short(size) for size in sizes],
            title={"text": axis},
            row=1,
            col=column,
        )
        if said:
            figure.add_annotation(
                text="<br>".join(["slope", *said]),
                xref=f"x{column if column > 1 else ''} domain",
                yref=f"y{column if column > 1 else ''} domain",
                x=0.03,
                y=0.97,
                align="left",
                showarrow=False,
                font={"size": 12},
            )
    _log(figure, "time of one iteration (ms)", drawn, room=_ROOM)
    return figure


def times_caption(summary: TrainingSummary) -> tuple[str, ...]:
    """Return what a reader of the plot of times must know."""
    additions = dict.fromkeys(row.contender for row in summary.rows if row.addition)
    unequal = dict.fromkeys(
        row.contender for row in summary.rows if row.group in GROUPS and row.equal is False
    )
    lines = ["A logarithmic scale; lower is faster. Bars are 95% intervals over passes."]
    lines += [f"{group}: {what}." for group, what in table.MEANING.items()
              if any(row.group == group for row in summary.rows)]  # fmt: skip
    open_ = [f"additions to the published comparison ({', '.join(additions)})"] if additions else []
    if any(row.edition == EDITION_2019 for row in summary.rows):
        open_.append("those of 2019, darker")
    if open_:
        lines.append(f"Open marks: {'; '.join(open_)}.")
    if any(too_long(_span(row.time)) for row in summary.rows if row.group in GROUPS):
        lines.append("A bar that ends at the plot's edge goes on beyond it: see the table.")
    if unequal:
        lines.append(f"Not equal work, by iterations or inertia: {', '.join(unequal)}.")
    return tuple(lines)


def growth_caption() -> tuple[str, ...]:
    """Return what a reader of the plot of growth must know."""
    return (
        (
            "One axis at a time from the main shape; equal work, one thread. A slope of 1 is in "
            "proportion; by least squares on logarithms, [its 95% interval over sizes]."
        ),
    )


def subtitle(run: RunRecord, summary: TrainingSummary) -> tuple[str, ...]:
    """Return the lines under a title."""
    return (
        f"{lead(run)}; {summary.passes} passes",
        f"{run.plan}",
        f"{captions.runtime(run)} on {captions.host(run)}; run {run.id}",
    )


def _bars(name: str, rows: Sequence[TrainingRow], *, first: bool) -> go.Scatter:
    style = LOOKS.get(name, _OTHER)
    symbols = [f"{style.symbol}-open" if row.addition else style.symbol for row in rows]
    return go.Scatter(
        x=[row.group for row in rows],
        y=[row.time.value * 1e3 for row in rows],
        error_y=_bars_of([row.time for row in rows], style.colour),
        mode="markers",
        marker={"symbol": symbols, "size": 10, "color": style.colour,
                "line": {"width": 1.5, "color": style.colour}},
        name=html.escape(name) + (" (addition)" if any(r.addition for r in rows) else ""),
        legendgroup=name,
        offsetgroup=name,
        showlegend=first,
        text=[_hover(row) for row in rows],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip


def _line(name: str, axis: str, rows: Sequence[TrainingRow], *, first: bool) -> go.Scatter:
    style = LOOKS.get(name, _OTHER)
    found = [(row, row.time_per_iteration) for row in rows if row.time_per_iteration is not None]
    return go.Scatter(
        x=[getattr(row, axis) for row, _ in found],
        y=[time.value * 1e3 for _, time in found],
        error_y=_bars_of([time for _, time in found], style.colour),
        mode="lines+markers",
        line={"color": style.colour, "width": 2},
        marker={"symbol": style.symbol, "size": 8, "color": style.colour},
        name=html.escape(name),
        legendgroup=name,
        showlegend=first,
        text=[_hover(row) for row, _ in found],
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(row: TrainingRow) -> str:
    iterations = "" if row.iterations is None else f", {row.iterations:g} iterations"
    equal = {True: "equal work", False: "not equal work", None: ""}[row.equal]
    lines = [
        f"<b>{html.escape(row.contender)}</b>, {row.group}",
        f"{table.significant(row.time.value * 1e3)} ms{iterations}",
        f"{row.points:,} x {row.features}, {row.clusters} clusters, {_threads(row.threads)}",
        equal,
        html.escape(row.note),
    ]
    return "<br>".join(line for line in lines if line)


def _bars_of(estimates: Sequence[Estimate], colour: str) -> dict[str, Any]:
    ends = [_ends(estimate) for estimate in estimates]
    return {
        "type": "data",
        "symmetric": False,
        "array": [(high - e.value) * 1e3 for e, (_, high) in zip(estimates, ends, strict=True)],
        "arrayminus": [(e.value - low) * 1e3 for e, (low, _) in zip(estimates, ends, strict=True)],
        "color": colour,
        "thickness": 1.2,
        "width": 5,
    }


def _ends(estimate: Estimate) -> tuple[float, float]:
    low = estimate.low if estimate.low is not None else estimate.value
    return low, estimate.high if estimate.high is not None else estimate.value


def _span(estimate: Estimate) -> Span:
    low, high = _ends(estimate)
    return Span(low * 1e3, estimate.value * 1e3, high * 1e3)


def _log(figure: go.Figure, title: str, estimates: Sequence[Estimate], room: float = 1.0) -> None:
    """Return the figure a logarithmic axis of milliseconds, with `room` times as much above."""
    axis = log_axis(title, [_span(estimate) for estimate in estimates])
    axis["range"] = [axis["range"][0], axis["range"][1] + math.log10(room)]
    figure.update_yaxes({key: value for key, value in axis.items() if key != "title"})
    figure.update_yaxes(title=axis["title"], col=1)


def _slope_text(slope: TrainingSlope) -> str:
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


def _threads(number: int) -> str:
    return f"{number} thread{'s'[: number != 1]}"
