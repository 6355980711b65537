"""The chart of a run over sizes: what a core does, a facet for each model. Pure."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

from plotly.subplots import make_subplots

from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.figures.axes import aside, log_axis, logarithmic
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.parts import entry, line, message, nothing
from clusterbench.report.figures.quantities import Span, span_of
from clusterbench.report.figures.sweep_figure import NONE_MEASURED
from clusterbench.report.interference_words import of_cells
from clusterbench.report.size_words import sentence
from clusterbench.report.tables.size_table import SIZES, notes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.records import RunRecord
    from clusterbench.model.size_summary import SizeRow
    from clusterbench.model.sizes import Sizes
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.palette import Style, Styles

#: How high a row of facets is (px), with the gap below it.
_ROW = 235
_GAP = 0.08
#: Points of contenders that are alike stand so far apart, that bars hide no other.
_ASIDE = 1.05
#: The axis of rows goes on so far beyond its ends, in powers of ten.
_MARGIN = 0.25
_THOUSANDS = 1e-3


def sizes_chart(run: RunRecord, summary: Summary, styles: Styles) -> Iterator[Chart]:
    """Draw what each contender does per core by rows per request, a facet for each model."""
    sizes = run.experiment.sizes
    if sizes is None or not summary.sizes:
        return
    scenarios = run.experiment.scenarios.values()
    by = fmt.listing(sorted({scenario.generator for scenario in scenarios}))
    names = list(dict.fromkeys(row.contender for row in summary.sizes))
    yield Chart(
        name="sizes",
        section=SIZES,
        title=f"Observations per second per core by size: {captions.names(names)}",
        subtitle=(
            f"Closed loop by {by}; {captions.windows(run)}; {captions.rounds(run)}",
            f"{run.plan}",
            f"{captions.where(run)}; profile {run.experiment.profile}, run {run.id}",
        ),
        caption=(
            sentence(sizes, summary.sizes, run.experiment.rounds),
            *notes(sizes),
            *of_cells(run.experiment, summary.cells),
        ),
        figure=_draw(sizes, summary.sizes, _looks(run, styles)),
        facets=len(sizes.features),
        height=_ROW * len(sizes.clusters),
    )


def _looks(run: RunRecord, styles: Styles) -> dict[str, Style]:
    """Return the style of each contender of bench.toml: that of its first model."""
    found: dict[str, Style] = {}
    for name, contender in run.experiment.contenders.items():
        found.setdefault(contender.base or name, styles[name])
    return found


def _draw(sizes: Sizes, found: Sequence[SizeRow], looks: dict[str, Style]) -> go.Figure:
    columns, lines = len(sizes.features), len(sizes.clusters)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.025,
        vertical_spacing=_GAP if lines > 1 else 0,
        subplot_titles=[str(size) for size in sizes.models],
    )
    for place, size in enumerate(sizes.models):
        row, column = place // columns + 1, place % columns + 1
        for name in looks:
            own = [each for each in found if (each.size, each.contender) == (size, name)]
            trace = _trace(name, looks, own) if own else nothing()
            figure.add_trace(trace, row=row, col=column)
    for name, style in looks.items():
        figure.add_trace(entry(name, style), row=1, col=1)
    spans = [span for each in found if (span := _span(each)) is not None]
    if not spans:
        message(figure, NONE_MEASURED)
    _axes(figure, sizes, [row.rows for row in found], spans)
    return figure


def _axes(figure: go.Figure, sizes: Sizes, rows: Sequence[int], spans: Sequence[Span]) -> None:
    """Set the same axes for all facets; their titles stand once, in the middle."""
    levels = sorted(set(rows))
    middle = (len(sizes.clusters) + 1) // 2, (len(sizes.features) + 1) // 2
    across = logarithmic("rows per request", levels, [f"{level:,}" for level in levels])
    across["range"] = [math.log10(levels[0]) - _MARGIN, math.log10(levels[-1]) + _MARGIN]
    up = _decades(log_axis("observations/s per core (thousands)", spans))
    for update, axis, place in (
        (figure.update_xaxes, across, {"row": len(sizes.clusters), "col": middle[1]}),
        (figure.update_yaxes, up, {"row": middle[0], "col": 1}),
    ):
        update({key: value for key, value in axis.items() if key != "title"})
        update(title=axis["title"], **place)


def _decades(axis: dict[str, Any]) -> dict[str, Any]:
    """Leave a logarithmic axis the ticks at powers of ten: facets are low."""
    kept = [
        (value, name)
        for value, name in zip(axis["tickvals"], axis["ticktext"], strict=True)
        if math.log10(value).is_integer()
    ]
    values, names = zip(*kept, strict=True) if kept else ((), ())
    return {**axis, "tickvals": list(values), "ticktext": list(names)}


def _span(row: SizeRow) -> Span | None:
    """Return what is drawn: thousands per second per core."""
    return None if row.per_core is None else span_of(row.per_core, _THOUSANDS)


def _trace(name: str, looks: dict[str, Style], own: Sequence[SizeRow]) -> Any:  # noqa: ANN401
    place, of = list(looks).index(name), len(looks)
    return line(
        name,
        looks[name],
        [aside(row.rows, place, of, _ASIDE) for row in own],
        [_span(row) for row in own],
        text=[_hover(row) for row in own],
    )


def _hover(row: SizeRow) -> str:
    return "<br>".join((
        f"<b>{html.escape(row.contender)}</b>",
        f"{fmt.with_interval(row.per_core)} observations per second per core",
        f"{row.size}, {fmt.plural(row.rows, 'row')} per request",
    ))  # fmt: skip
