"""The server's CPU time per request, by level. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.report.figures.quantities import CPU
from clusterbench.report.figures.sweep_figure import draw, sweep_chart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.chart import Chart
    from clusterbench.report.figures.palette import Style
    from clusterbench.report.sections import Section

_CAPTION = (
    "The server's CPU time, by the kernel's counters, over its OK responses. 1,000 µs is one core "
    "for every 1,000 responses per second. A server that is not saturated may use more per "
    "request, since fewer requests arrive together."
)


class CpuChart:
    """What a contender costs at each level."""

    def applies(self, section: Section) -> bool:
        """Return whether the load is one whose levels can be compared."""
        return section.kind.steady

    def draw(
        self, run: RunRecord, section: Section, styles: Mapping[str, Style]
    ) -> Iterator[Chart]:
        """Draw it."""
        figure = draw(section, styles, (CPU,))
        caption = (_CAPTION, *section.kind.captions("cpu_per_request"))
        yield sweep_chart(run, section, CPU, figure, caption, half=True)
