"""The published figures as grey lines behind what is measured by the published method. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from clusterbench.measure.published import published_sweep
from clusterbench.report.figures.lines import entry, line
from clusterbench.report.figures.palette import GREY, Style, opened
from clusterbench.report.figures.quantities import point

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import plotly.graph_objects as go

    from clusterbench.model.claims import Published
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.figures.quantities import Quantity
    from clusterbench.report.sections import Section

#: What a published summary holds of a quantity, in its unit.
_VALUES: Mapping[str, Callable[[Published], float]] = {
    "throughput": lambda summary: summary.rps,
    "p50": lambda summary: summary.p50_ms,
    "p95": lambda summary: summary.p95_ms,
    "p99": lambda summary: summary.p99_ms,
}
_DASH = "dash"


def behind(
    run: RunRecord, section: Section, quantities: Sequence[Quantity], styles: Styles
) -> list[list[go.Scatter]]:
    """Return the published lines behind each quantity; the first has their entry of the legend."""
    if not section.kind.published:
        return []
    symbols = {
        run.experiment.contenders[name].published_name: styles[name].symbol
        for name in section.contenders
    }
    found = [
        [
            published
            for name, symbol in symbols.items()
            for published in published_line(run, name, section.scenario.sweep, quantity, symbol)
        ]
        for quantity in quantities
    ]
    if any(found):
        found[0].append(legend_entry(run))
    return found


def published_line(
    run: RunRecord, name: str, levels: Sequence[int], quantity: Quantity, symbol: str
) -> list[go.Scatter]:
    """Return a contender's published figures at these levels as a line, where there are any."""
    summaries = [
        summary
        for summary in published_sweep(name, run.claims.published)
        if summary.concurrency in levels
    ]
    if not summaries:
        return []
    value = _VALUES[quantity.name]
    label = f"{name}, published, {run.claims.host}"
    return [
        line(
            label,
            Style(GREY, opened(symbol), _DASH),
            [summary.concurrency for summary in summaries],
            [point(value(summary)) for summary in summaries],
            hovertemplate="%{y:,.4~g}" + quantity.unit + f"<extra>{html.escape(label)}</extra>",
        )
    ]


def legend_entry(run: RunRecord) -> go.Scatter:
    """Return the legend's entry of the published lines."""
    return entry(f"published, {run.claims.host}", Style(GREY, "circle-open", _DASH))


def note(run: RunRecord, section: Section) -> tuple[str, ...]:
    """Return what the grey lines are, where there are any."""
    if not section.kind.published or not run.claims.published:
        return ()
    return (f"Grey: published, {run.claims.host}.",)
