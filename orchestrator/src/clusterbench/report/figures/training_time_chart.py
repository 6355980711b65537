"""Training time of each contender in each group, a facet for each number of threads. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model.experiment import CURRENT
from clusterbench.model.numbers import plural
from clusterbench.model.training import GROUPS
from clusterbench.report.figures.axes import log_axis, too_long
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.facets import facets, value_axis
from clusterbench.report.figures.lines import line
from clusterbench.report.figures.palette import opened, trainer_style
from clusterbench.report.figures.quantities import span_of
from clusterbench.report.figures.training_marks import MILLI, SECTION, hover, subtitle
from clusterbench.report.tables.training_tables import MEANING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.training_summary import TrainingRow, TrainingSummary


class TrainingTimeChart:
    """Training times."""

    def applies(self, summary: Summary) -> bool:
        """Return whether the run trained in one of the groups."""
        return summary.training is not None and bool(_rows(summary.training))

    def draw(self, run: RunRecord, summary: Summary) -> Iterator[Chart]:
        """Draw them."""
        found = summary.training
        if found is not None:
            yield Chart(
                name="training",
                section=SECTION,
                title="Training time",
                subtitle=subtitle(run, found),
                caption=caption(found),
                figure=figure(found),
                facets=len(_threads(_rows(found))),
            )


def figure(found: TrainingSummary) -> go.Figure:
    """Draw the times, grouped by what was trained."""
    rows = _rows(found)
    threads = _threads(rows)
    titles = [plural(number, "thread") for number in threads]
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
    spans = [span_of(row.time, MILLI) for row in rows]
    value_axis(drawn, log_axis("time of one call (ms)", spans))
    return drawn


def caption(found: TrainingSummary) -> tuple[str, ...]:
    """Return what a reader of the times must know."""
    rows = _rows(found)
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
    if any(too_long(span_of(row.time, MILLI)) for row in rows):
        lines.append("A bar that ends at the plot's edge goes on beyond it: see the table.")
    if unequal := _names(row for row in rows if row.equal is False):
        lines.append(f"Not equal work, by iterations or inertia: {unequal}.")
    return tuple(lines)


def _rows(found: TrainingSummary) -> list[TrainingRow]:
    return [row for row in found.rows if row.group in GROUPS]


def _threads(rows: Sequence[TrainingRow]) -> list[int]:
    return sorted({row.threads for row in rows})


def _names(rows: Iterator[TrainingRow]) -> str:
    return ", ".join(dict.fromkeys(row.contender for row in rows))


def _marks(name: str, rows: Sequence[TrainingRow], *, first: bool) -> go.Scatter:
    style = trainer_style(name, rows[0].edition)
    addition = " (addition)" if any(row.addition for row in rows) else ""
    return line(
        name + addition,
        style,
        [row.group for row in rows],
        [span_of(row.time, MILLI) for row in rows],
        symbols=[opened(style.symbol) if row.addition else style.symbol for row in rows],
        text=[hover(row, row.time) for row in rows],
        mode="markers",
        offsetgroup=name,
        showlegend=first,
    )
