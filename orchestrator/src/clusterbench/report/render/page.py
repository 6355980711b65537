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
from clusterbench.report.shown_levels import WITHIN
from clusterbench.report.within_chapter import leads_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.chart import Chart


def render(run: RunRecord, summary: Summary, charts: Sequence[Chart]) -> str:
    """Write the page. The chapter of what is within trials is left out where it has no charts."""
    drawn = {chart.section for chart in charts}
    shown = [
        each for each in chapters(run, summary, Media.PAGE) if each.id != WITHIN or WITHIN in drawn
    ]
    return page_template("report.html.j2").render(
        run=run,
        summary=summary,
        captions=captions,
        answer=answer(run, summary),
        styles=styles(run.experiment),
        chapters=shown,
        look_within=WITHIN if WITHIN in drawn and leads_within(summary) else "",
        charts=charts,
        times=TIMES,
    )
