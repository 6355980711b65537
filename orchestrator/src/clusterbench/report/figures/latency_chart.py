"""Latency percentiles by level. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.report.figures import published_lines
from clusterbench.report.figures.quantities import LATENCIES
from clusterbench.report.figures.sweep_figure import draw, sweep_chart, title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.chart import Chart
    from clusterbench.report.figures.palette import Style
    from clusterbench.report.sections import Section


class LatencyChart:
    """p50, p95 and p99 of a sweep side by side, on one scale."""

    def applies(self, section: Section) -> bool:
        """Return whether the load is one whose levels can be compared."""
        return section.kind.steady

    def draw(
        self, run: RunRecord, section: Section, styles: Mapping[str, Style]
    ) -> Iterator[Chart]:
        """Draw them, over the published figures where they are of the same method."""
        sweep = replace(section, beside=())
        behind = published_lines.behind(run, sweep, LATENCIES, styles)
        figure = draw(sweep, styles, LATENCIES, behind)
        chart = sweep_chart(run, sweep, LATENCIES[0], figure, _caption(run, sweep))
        yield replace(
            chart,
            name="latencies" + section.suffix,
            title=title("Latency percentiles", sweep),
            facets=len(LATENCIES),
        )


def _caption(run: RunRecord, section: Section) -> tuple[str, ...]:
    lines = ["As a client sees it: from the send of a request to its response, of OK responses."]
    if any(cell.truncated for cell in section.all()):
        lines.append(
            "Where the load generator listed only its first requests, percentiles are of those "
            "(see the table's notes)."
        )
    return (*lines, *section.kind.captions("latency"), *published_lines.note(run, section))
