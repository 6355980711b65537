"""The page of a comparison: one file that needs no network, with plots and every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.report.captions import INTERVAL
from clusterbench.report.comparison_words import (
    cautions,
    headline,
    how_measured,
    load,
    verdict_sentences,
    where,
)
from clusterbench.report.fingerprint_words import facts
from clusterbench.report.render.page_template import page_template
from clusterbench.report.tables import comparison_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.report.figures.chart import Chart
    from clusterbench.report.measured_comparison import MeasuredComparison


def comparison_page(shown: MeasuredComparison, charts: Sequence[Chart]) -> str:
    """Write the page."""
    return page_template("comparison.html.j2").render(
        record=shown.record,
        warnings=[*cautions(shown), *shown.record.warnings],
        headline=headline(shown),
        sentences_of_it=list(verdict_sentences(shown)),
        measured=how_measured(shown),
        load=load(shown),
        where=where(shown),
        metrics=comparison_table.metrics(shown),
        note=comparison_table.NOTE,
        interval=INTERVAL,
        charts=charts,
        styles={},
        fingerprint=list(facts(shown.record.fingerprint)),
    )
