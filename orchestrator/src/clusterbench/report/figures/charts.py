"""Every chart of a report. A new one is a module beside this, and a line in a list here. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.report.figures.cpu_chart import CpuChart
from clusterbench.report.figures.error_chart import ErrorChart
from clusterbench.report.figures.latency_chart import LatencyChart
from clusterbench.report.figures.method_effect_chart import MethodEffectChart
from clusterbench.report.figures.method_error_chart import MethodErrorChart
from clusterbench.report.figures.palette import styles
from clusterbench.report.figures.published_charts import PublishedCharts
from clusterbench.report.figures.throughput_chart import ThroughputChart
from clusterbench.report.figures.training_growth_chart import TrainingGrowthChart
from clusterbench.report.figures.training_time_chart import TrainingTimeChart
from clusterbench.report.sections import sections

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.chart import Chart, RunCharts, SectionCharts

OF_A_RUN: tuple[RunCharts, ...] = (TrainingTimeChart(), TrainingGrowthChart())
OF_A_SECTION: tuple[SectionCharts, ...] = (
    ThroughputChart(),
    LatencyChart(),
    ErrorChart(),
    CpuChart(),
    PublishedCharts(),
    MethodEffectChart(),
    MethodErrorChart(),
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
