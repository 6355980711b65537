"""What the published method alone adds or hides: its figures over the proper ones, errors. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clusterbench.report import numbers as fmt
from clusterbench.report.figures.axes import aside, log_axis
from clusterbench.report.figures.published_figures import FACETS_APART, GREY, axes, bars, level_axis
from clusterbench.report.figures.quantities import LATENCIES, THROUGHPUT, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.report.figures.published_figures import Pair

#: Contenders stand a hair aside of each other at a level: so many times as far.
_ASIDE = 1.07


def figures(found: Sequence[Pair]) -> go.Figure:
    """Draw how many times the proper figure the published method gives, a facet a measure."""
    measures = (THROUGHPUT, *LATENCIES)
    titles = [m.title if m is THROUGHPUT else f"latency {m.name}" for m in measures]
    figure = make_subplots(
        cols=len(measures),
        shared_yaxes=True,
        horizontal_spacing=FACETS_APART,
        subplot_titles=titles,
    )
    levels = sorted({cell.level for pair in found for cell in pair.then})
    reached = [Span(0.8, 1.0, 1.25)]
    for column, measure in enumerate(measures, start=1):
        for place, pair in enumerate(found):
            points = [
                (then.level, Span(a.value / b.high, a.value / b.value, a.value / b.low))
                for then, reference in pair.both
                if (a := measure.span(then)) and (b := measure.span(reference))
            ]
            reached += [ratio for _, ratio in points]
            figure.add_trace(
                go.Scatter(
                    x=[aside(level, place, len(found), _ASIDE) for level, _ in points],
                    customdata=[level for level, _ in points],
                    y=[ratio.value for _, ratio in points],
                    error_y=bars([ratio for _, ratio in points]),
                    mode="lines+markers",
                    name=html.escape(pair.label),
                    legendgroup=pair.label,
                    showlegend=column == 1,
                    line={"color": pair.colour, "width": 2, "dash": pair.dashes[1]},
                    marker={"symbol": pair.symbol, "size": 8},
                    hovertemplate="%{y:.2f} times at %{customdata:,}<extra>"
                    + html.escape(pair.label)
                    + "</extra>",
                ),
                row=1,
                col=column,
            )
        figure.add_hline(y=1.0, line={"color": GREY, "width": 1, "dash": "dot"}, row=1, col=column)
    axes(figure, levels, log_axis("published method / reference method", reached))
    return figure


def caption(found: Sequence[Pair]) -> tuple[str, ...]:
    """Return what stands over what, and what the bars are."""
    then = _connections(cell.connections for pair in found for cell, _ in pair.both)
    now = _connections(cell.connections for pair in found for _, cell in pair.both)
    several = any(cell.trials > 1 for pair in found for _, cell in pair.both)
    return (
        f"ghz's own summary as published: {then}, a cold server, requests in flight cut off.",
        (f"Over the lab's figures of the same levels: {now}, warm, waited for. 1: no difference."),
        *(
            ("Bars: the 95% intervals of the lab's figures; as published there is one trial.",)
            if several
            else ()
        ),
    )


def _connections(found: Iterable[int]) -> str:
    numbers = sorted(set(found))
    most = f"{numbers[-1]} connection{'s'[: numbers[-1] != 1]}"
    return most if len(numbers) == 1 else f"up to {most}"


def errors(found: Sequence[Pair]) -> go.Figure:
    """Draw the share of calls that failed as published, its bound, and what failed by the reference method."""
    figure = go.Figure()
    levels = sorted({cell.level for pair in found for cell in pair.then})
    reached: list[Span] = []
    for pair in found:
        counted = [cell for cell in pair.then if cell.trials]
        calls = [(c, c.responses + sum(c.errors.values())) for c in counted]
        bound = [(c.level, 100 * c.level * c.trials / n) for c, n in calls if n]
        share = [(c.level, 100 * sum(c.errors.values()) / n) for c, n in calls if n]
        true = [
            (cell.level, 100 * cell.error_rate.value)
            for cell in pair.reference
            if cell.error_rate and cell.error_rate.value > 0
        ]
        drawn = (
            (bound, "callers / calls", "lines", "dot", 1.2),
            ([p for p in share if p[1] > 0], "failed, as published", "markers", "solid", 0),
            (true, "failed, properly", "markers", "solid", 0),
        )
        for points, what, mode, dash, width in drawn:
            if not points:
                continue
            reached += [Span(y, y, y) for _, y in points]
            figure.add_trace(
                go.Scatter(
                    x=[x for x, _ in points],
                    y=[y for _, y in points],
                    mode=mode,
                    name=html.escape(f"{pair.label}: {what}"),
                    line={"color": pair.colour, "width": width, "dash": dash},
                    marker={
                        "symbol": "x" if what.endswith("properly") else pair.symbol,
                        "size": 9,
                        "color": pair.colour,
                    },
                )
            )
    axis = log_axis("calls that failed (%)", reached)
    figure.update_xaxes(level_axis(levels))
    figure.update_yaxes(axis)
    return figure


def said_of_errors(found: Sequence[Pair]) -> str:
    """Return how errors as published stand to the callers, and how many there were reference."""
    then = [cell for pair in found for cell in pair.then if cell.trials]
    most = max((cell.most_errors / cell.level for cell in then), default=0.0)
    reference = [cell for pair in found for cell in pair.reference if cell.trials]
    responses = sum(cell.responses for cell in reference)
    failed = sum(sum(cell.errors.values()) for cell in reference)
    none = "no errors" if not failed else f"{failed:,} errors"
    within = "never more errors than callers" if most <= 1 else f"up to {most:.3g} errors a caller"
    return (
        f"As published (`close`): {within} in {sum(cell.trials for cell in then)} trials. "
        f"Properly (`wait`), at all levels: {none} in {fmt.rough(responses)} answers."
    )
