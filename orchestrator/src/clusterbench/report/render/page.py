"""report.html: one file that needs no network, with live plots and every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model.numbers import TIMES
from clusterbench.report import captions
from clusterbench.report.answer import answer
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from clusterbench.report.figures.palette import styles
from clusterbench.report.render.page_template import page_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.chart import Chart


def render(run: RunRecord, summary: Summary, charts: Sequence[Chart]) -> str:
    """Write the page."""
    return page_template("report.html.j2").render(
        run=run,
        summary=summary,
        captions=captions,
        answer=answer(run, summary),
        styles=styles(run.experiment),
        chapters=list(chapters(run, summary, Media.PAGE)),
        charts=charts,
        times=TIMES,
    )
