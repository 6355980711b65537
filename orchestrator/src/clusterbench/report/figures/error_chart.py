"""Error rate by level. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from clusterbench.load.kinds.registry import timing_of
from clusterbench.model import numbers as fmt
from clusterbench.report.figures.facets import message
from clusterbench.report.figures.quantities import ERRORS
from clusterbench.report.figures.sweep_figure import draw, sweep_chart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.chart import Chart
    from clusterbench.report.figures.palette import Style
    from clusterbench.report.sections import Section


class ErrorChart:
    """The share of responses that were errors, in percent."""

    def applies(self, section: Section) -> bool:
        """Return whether the load is one whose levels can be compared."""
        return section.kind.steady

    def draw(
        self, run: RunRecord, section: Section, styles: Mapping[str, Style]
    ) -> Iterator[Chart]:
        """Draw it; where there were no errors, write so."""
        figure = draw(section, styles, (ERRORS,))
        if none := _no_errors(run, section):
            message(figure, none)
        yield sweep_chart(run, section, ERRORS, figure, _caption(section), half=True)


def _caption(section: Section) -> tuple[str, ...]:
    lines = ["Responses with a status other than OK, of all that ended in the window."]
    found = {name: _errors(section, name) for name in section.contenders}
    texts = [f"{name}: {fmt.counts(errors)}" for name, errors in found.items() if errors.total()]
    if texts:
        lines.append(f"Errors by status: {'; '.join(texts)}.")
    return (*section.kind.captions("error_rate"), *lines)


def _no_errors(run: RunRecord, section: Section) -> str:
    """Write that there were no errors, and in how many responses; "" where there were some."""
    rates = [cell.error_rate for cell in section.all() if cell.error_rate is not None]
    if not rates or any(rate.value != 0 for rate in rates):
        return ""
    window = timing_of(run.experiment, section.scenario.name).window
    responses = sum(
        rate * window
        for cell in section.all()
        if cell.throughput is not None
        for rate in cell.throughput.rounds
    )
    return f"no errors in\n{fmt.rough(responses)} responses"


def _errors(section: Section, contender: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for cell in section.of_contender(contender):
        total.update(cell.errors)
    return total
