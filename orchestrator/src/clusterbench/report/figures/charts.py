"""Every chart of a report. A new one is a module beside this, and a line in a list here. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.report.figures.method_charts import METHOD_EFFECT, METHOD_ERRORS
from clusterbench.report.figures.palette import styles
from clusterbench.report.figures.published_charts import PUBLISHED
from clusterbench.report.figures.sweep_charts import CPU_PER_REQUEST, ERROR_RATE, LATENCY, RATE
from clusterbench.report.figures.training_charts import TRAINING_GROWTH, TRAINING_TIME
from clusterbench.report.sections import sections

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.chart import Chart

OF_A_RUN = (TRAINING_TIME, TRAINING_GROWTH)
OF_A_SECTION = (
    RATE,
    LATENCY,
    ERROR_RATE,
    CPU_PER_REQUEST,
    PUBLISHED,
    METHOD_EFFECT,
    METHOD_ERRORS,
)


def charts(run: RunRecord, summary: Summary) -> tuple[Chart, ...]:
    """Draw a run: what it has as a whole, then section by section, in the lists' order."""
    looks = styles(run.experiment)
    whole = [c for each in OF_A_RUN if each.applies(summary) for c in each.draw(run, summary)]
    parts = [
        chart
        for section in sections(run.experiment, summary)
        for each in OF_A_SECTION
        if each.applies(section)
        for chart in each.draw(run, section, looks)
    ]
    return (*whole, *parts)
