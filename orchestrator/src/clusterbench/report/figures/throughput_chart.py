"""Throughput by level, with what saturates the server beside it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.experiment import Method
from clusterbench.report.figures import published_lines
from clusterbench.report.figures.axes import label
from clusterbench.report.figures.quantities import THROUGHPUT
from clusterbench.report.figures.sweep_figure import draw, sweep_chart
from clusterbench.report.sections import level_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.chart import Chart
    from clusterbench.report.figures.palette import Style
    from clusterbench.report.sections import Section


class ThroughputChart:
    """Throughput of a section."""

    def applies(self, section: Section) -> bool:
        """Return whether the load is one whose levels can be compared."""
        return section.kind.steady

    def draw(
        self, run: RunRecord, section: Section, styles: Mapping[str, Style]
    ) -> Iterator[Chart]:
        """Draw it, over the published figures where they are of the same method."""
        quantity = replace(THROUGHPUT, axis=section.kind.throughput_axis)
        behind = published_lines.behind(run, section, (quantity,), styles)
        figure = draw(section, styles, (quantity,), behind)
        yield sweep_chart(run, section, quantity, figure, caption(run, section))


def caption(run: RunRecord, section: Section) -> tuple[str, ...]:
    """Return what a reader of throughput must know; report.md has it too."""
    bounded = [
        mark
        for mark, scenarios in (("triangles", (section.scenario,)), ("diamonds", section.beside))
        if any(_bounded(section, scenario) for scenario in scenarios)
    ]
    lines = []
    if bounded:
        lines.append(
            f"Open {' and '.join(bounded)}: a lower bound. The load generator's CPUs were full, "
            "so the server can do this or more."
        )
    lines += [
        f"Diamonds: {label(scenario)} (connections {fmt.TIMES} requests in flight on each); all "
        "requests are the same."
        for scenario in section.beside
    ]
    if section.scenario.method is Method.PREDICT_BATCH:
        lines.append("A response is that to a whole batch of observations.")
    return (
        *section.kind.captions("throughput"),
        *published_lines.note(run, section),
        *lines,
        *held_back(section),
    )


def held_back(section: Section) -> tuple[str, ...]:
    """Return where a server's bound on streams let fewer requests through than the level."""
    lines = []
    for name in section.contenders:
        cells = [c for c in section.of(section.scenario, name) if c.held_back is not None]
        if cells:
            levels = fmt.listing([f"{cell.level:,}" for cell in cells])
            through = fmt.listing(sorted({f"{cell.held_back:,}" for cell in cells}))
            lines.append(
                f"{name} bounds the streams of a connection: at {level_name(section.scenario)} "
                f"{levels} at most {through} requests were in flight, and the rest waited in the "
                "load generator."
            )
    return tuple(lines)


def _bounded(section: Section, scenario: Scenario) -> bool:
    return any(c.lower_bound for name in scenario.contenders for c in section.of(scenario, name))
