"""The charts of a comparison: what each block says of each metric, and each slice in time. Pure."""

from __future__ import annotations

import html
import itertools
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clusterbench.measure.metrics import METRICS
from clusterbench.model import numbers as fmt
from clusterbench.model.compare_plan import Arm
from clusterbench.report import comparison_words as words
from clusterbench.report.captions import INTERVAL
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import GREY, INK, lighter
from clusterbench.report.figures.parts import error_bars
from clusterbench.report.figures.quantities import span_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.measure.metrics import Metric
    from clusterbench.model.compared import MetricResult
    from clusterbench.model.slices import SliceRecord
    from clusterbench.report.measured_comparison import MeasuredComparison

#: The chapter of all of these.
SECTION = "blocks"
#: By arm: blue and vermilion of Okabe and Ito's set, and symbols of their own.
COLOURS: Mapping[Arm, str] = {Arm.BASELINE: "#0072B2", Arm.CANDIDATE: "#D55E00"}
_SYMBOLS: Mapping[Arm, str] = {Arm.BASELINE: "circle", Arm.CANDIDATE: "square"}
_RATIO_ROW, _SLICE_ROW, _TEXT = 116, 190, 50
#: Dots of a row lie so far apart, from -1 to 1.
_SPREAD = 0.42


def comparison_charts(shown: MeasuredComparison) -> tuple[Chart, ...]:
    """Return the charts of a comparison; none where nothing was compared."""
    compared = [each for each in shown.found.metrics if each.ratio is not None]
    if not compared:
        return ()
    return (_changes(shown, compared), *_over_time(shown))


def _changes(shown: MeasuredComparison, compared: Sequence[MetricResult]) -> Chart:
    """Draw each metric's change: a dot per block, the interval, and the line of no change."""
    figure = make_subplots(
        rows=len(compared), vertical_spacing=0.46 / len(compared),
        subplot_titles=[_row_title(each) for each in compared],
    )  # fmt: skip
    for row, result in enumerate(compared, start=1):
        figure.add_traces(list(_row(result, legend=row == 1)), rows=row, cols=1)
        figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dot"}, row=row, col=1)
        figure.update_yaxes(range=[-1.2, 1.2], visible=False, fixedrange=True, row=row, col=1)
        figure.update_xaxes(ticksuffix="%", range=_range(result), row=row, col=1)
    figure.update_xaxes(title={"text": "change from baseline to candidate (%)"}, row=len(compared))
    _titles_to_the_left(figure)
    return Chart(
        name="comparison_changes",
        section=SECTION,
        title="Change of each metric, block by block",
        subtitle=_subtitle(shown),
        caption=(
            "Each dot is a block: the pairs of one instance of each contender.",
            f"The square and its bar are the estimate over blocks and its {INTERVAL}.",
            "Dotted line: no change. Each metric has an axis of its own.",
        ),
        figure=figure,
        height=_RATIO_ROW * len(compared) + _TEXT,
    )


def _row_title(result: MetricResult) -> str:
    decides = "" if result.decides else " (decides nothing)"
    return html.escape(
        f"{result.title}{decides}: {words.change(result.ratio)}, {result.verdict.value}"
    )


def _row(result: MetricResult, *, legend: bool) -> Iterator[go.Scatter]:
    ratio = result.ratio
    if ratio is None:
        return
    number = len(ratio.rounds)
    changes = [(each - 1) * 100 for each in ratio.rounds]
    apart = [
        _SPREAD * (2 * place / (number - 1) - 1) if number > 1 else 0 for place in range(number)
    ]
    yield go.Scatter(
        x=changes, y=[0.25 + each for each in apart], mode="markers", name="a block",
        marker={"size": 8, "color": lighter(COLOURS[Arm.CANDIDATE]), "symbol": "circle"},
        text=[f"block {place + 1}: {each:+.2f}%" for place, each in enumerate(changes)],
        hovertemplate="%{text}<extra></extra>", showlegend=legend, legendgroup="block",
    )  # fmt: skip
    span = span_of(ratio)
    shifted = type(span)(*((each - 1) * 100 for each in span))
    yield go.Scatter(
        x=[shifted.value], y=[-0.75], mode="markers", name=f"estimate, {INTERVAL}",
        error_x=error_bars([shifted], INK, thickness=2, width=7),
        marker={"size": 10, "color": INK, "symbol": "square"},
        text=[f"{html.escape(result.title)}: {words.change(ratio)}"],
        hovertemplate="%{text}<extra></extra>", showlegend=legend, legendgroup="estimate",
    )  # fmt: skip


def _range(result: MetricResult) -> list[float]:
    """Return an axis that holds every block, the interval and no change, with room at its ends."""
    ratio = result.ratio
    ends = [] if ratio is None else [*ratio.rounds, *(ratio.ends or (ratio.value,))]
    changes = [0.0, *((each - 1) * 100 for each in ends)]
    room = max((max(changes) - min(changes)) * 0.06, 0.1)
    return [min(changes) - room, max(changes) + room]


def _over_time(shown: MeasuredComparison) -> Iterator[Chart]:
    """Draw the figure of each slice, in the order of measuring, of each metric that decides."""
    by_name = {each.name: each for each in METRICS}
    drawn = [
        (result, metric)
        for result in shown.deciding
        if result.ratio and (metric := by_name[result.name]).of_slice is not None
    ]
    if not drawn:
        return
    figure = make_subplots(
        rows=len(drawn), shared_xaxes=True, vertical_spacing=0.16 / len(drawn),
        subplot_titles=[html.escape(result.title) for result, _ in drawn],
    )  # fmt: skip
    for row, (result, metric) in enumerate(drawn, start=1):
        figure.add_traces(list(_slices(shown, metric, legend=row == 1)), rows=row, cols=1)
        for place in _starts(shown.slices):
            figure.add_vline(x=place, line={"color": GREY, "width": 1, "dash": "dot"}, row=row)
        unit = words.unit(result.unit)
        figure.update_yaxes(title={"text": unit}, row=row, col=1)
    figure.update_xaxes(range=[0, len(shown.slices) + 1])
    figure.update_xaxes(title={"text": "slices, in the order of measuring"}, row=len(drawn))
    _titles_to_the_left(figure)
    yield Chart(
        name="comparison_slices",
        section=SECTION,
        title="Each slice, in the order of measuring",
        subtitle=_subtitle(shown),
        caption=(
            "Each mark is a slice of one contender. Dotted lines: a block with new instances.",
            "Open marks: disturbed pairs, which were measured again and count for nothing.",
        ),
        figure=figure,
        height=_SLICE_ROW * len(drawn) + _TEXT,
    )


def _slices(shown: MeasuredComparison, metric: Metric, *, legend: bool) -> Iterator[go.Scatter]:
    placed = list(enumerate(shown.slices, start=1))
    for arm in Arm:
        for again in (False, True):
            points = [
                (place, each, value * metric.scale)
                for place, each in placed
                if each.arm is arm and each.again is again and (value := _of(metric, each))
            ]
            if points:
                yield _marks(shown, arm, points, again=again, legend=legend)


def _of(metric: Metric, record: SliceRecord) -> float | None:
    return metric.of_slice(record) if metric.of_slice else None


def _marks(
    shown: MeasuredComparison,
    arm: Arm,
    points: Sequence[tuple[int, SliceRecord, float]],
    *,
    again: bool,
    legend: bool,
) -> go.Scatter:
    name = html.escape(shown.name(arm)) + (", disturbed" if again else "")
    return go.Scatter(
        x=[place for place, _, _ in points],
        y=[value for _, _, value in points],
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=legend,
        marker={
            "size": 7 if again else 5,
            "color": COLOURS[arm],
            "symbol": f"{_SYMBOLS[arm]}-open" if again else _SYMBOLS[arm],
        },
        text=[
            f"{name}<br>block {each.block + 1}, pair {each.pair + 1}: {fmt.number(value)}"
            for _, each, value in points
        ],
        hovertemplate="%{text}<extra></extra>",
    )


def _starts(slices: Sequence[SliceRecord]) -> list[float]:
    """Return where blocks but the first begin, between two slices."""
    following = itertools.pairwise(slices)
    return [place + 0.5 for place, (one, then) in enumerate(following, 1) if then.block > one.block]


def _titles_to_the_left(figure: go.Figure) -> None:
    """Put the titles of rows at their left ends, where nothing is drawn."""
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})


def _subtitle(shown: MeasuredComparison) -> tuple[str, ...]:
    return (
        f"baseline {shown.name(Arm.BASELINE)}, candidate {shown.name(Arm.CANDIDATE)}; "
        + words.load(shown),
        words.how_measured(shown),
        words.where(shown),
    )
