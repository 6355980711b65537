"""Each published contender, measured by the published and by the reference method. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.measure.published import stands_for
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.contender import CURRENT
from clusterbench.report.figures.palette import Style, opened
from clusterbench.report.interference_words import of_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.sections import Section

#: How lines of the published method are dashed: of the current edition, of others.
CURRENT_DASH, PAST_DASH = "dot", "longdashdot"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPair:
    """A published contender in one edition, with its cells by either method.

    `style` is that of its reference method.
    """

    name: str
    edition: str
    style: Style
    published: tuple[CellSummary, ...]
    reference: tuple[CellSummary, ...]

    @property
    def label(self) -> str:
        """Name it: `rust-tonic`, `rust-tonic, 2019`."""
        return self.name if self.edition == CURRENT else f"{self.name}, {self.edition}"

    @property
    def published_style(self) -> Style:
        """Return the style of its published method."""
        dash = CURRENT_DASH if self.edition == CURRENT else PAST_DASH
        return Style(self.style.colour, opened(self.style.symbol), dash)

    @property
    def both(self) -> list[tuple[CellSummary, CellSummary]]:
        """Return the levels that were measured by both methods: published, reference."""
        by_level = {cell.level: cell for cell in self.reference if cell.throughput}
        return [
            (cell, by_level[cell.level])
            for cell in self.published
            if cell.throughput and cell.level in by_level
        ]


Pairs = tuple[PublishedPair, ...]


def pairs(run: RunRecord, section: Section, styles: Styles) -> Pairs:
    """Pair what a section measured by the published method with the same levels by the other."""
    found = []
    for each in section.scenario.contenders:
        contender = run.experiment.contenders[each]
        reference = _reference(run, section, contender.published_name, contender.edition)
        style = styles[reference[0].contender if reference else each]
        if not reference:
            style = replace(style, dash="solid" if contender.edition == CURRENT else "longdash")
        found.append(
            PublishedPair(
                name=contender.published_name,
                edition=contender.edition,
                style=style,
                published=section.of(section.scenario, each),
                reference=reference,
            )
        )
    return tuple(found)


def levels(found: Pairs) -> list[int]:
    """Return the levels that were measured by the published method."""
    return sorted({cell.level for pair in found for cell in pair.published})


def disturbed(run: RunRecord, found: Pairs) -> Iterator[str]:
    """Return which of the cells stayed disturbed."""
    cells = (cell for pair in found for cell in (*pair.published, *pair.reference))
    yield from of_cells(run.experiment, cells)


def suffix(run: RunRecord, section: Section) -> str:
    """Return what tells a section's files from others', where several have the published method."""
    scenarios = run.experiment.scenarios.values()
    return section.suffix if sum(not scenario.reference for scenario in scenarios) > 1 else ""


def _reference(
    run: RunRecord, section: Section, name: str, edition: str
) -> tuple[CellSummary, ...]:
    """Find the sweep by the same generator and the reference method that shares the most levels."""
    published = section.scenario
    load = (published.generator, published.method, published.loop)
    sweeps = [
        tuple(cell for cell in section.of(scenario, each) if cell.level in published.sweep)
        for scenario in run.experiment.scenarios.values()
        if scenario.reference and (scenario.generator, scenario.method, scenario.loop) == load
        for each in scenario.contenders
        if stands_for(run.experiment.contenders[each], name, edition)
    ]
    return max(sweeps, key=len, default=())
