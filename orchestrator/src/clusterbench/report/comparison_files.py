"""The files of a comparison's report: a page and a text, and what programs read. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model.comparison_result import ComparisonResult
from clusterbench.report.comparison_words import verdict_sentences
from clusterbench.report.figures.comparison_charts import comparison_charts
from clusterbench.report.render.comparison_markdown import comparison_markdown
from clusterbench.report.render.comparison_page import comparison_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.report.measured_comparison import MeasuredComparison


def comparison_result(shown: MeasuredComparison) -> ComparisonResult:
    """Return what programs read of a comparison."""
    return ComparisonResult(
        compared=shown.record,
        found=shown.found,
        verdict=shown.found.verdict,
        fails=shown.found.fails,
        said=tuple(verdict_sentences(shown)),
    )


def comparison_files(
    shown: MeasuredComparison, *, page: str = "report.html", text: str = "report.md"
) -> Mapping[str, bytes]:
    """Return the page and the text of a comparison, by the files' names."""
    return {
        page: comparison_page(shown, comparison_charts(shown)).encode(),
        text: comparison_markdown(shown).encode(),
    }
