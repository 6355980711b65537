"""Every chart of a report. A new one is a module beside this, and a line in a list here. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from clusterbench.load.kinds.kind import Plots
from clusterbench.report.figures.attribution_charts import attribution, icicles
from clusterbench.report.figures.capacity_chart import capacity
from clusterbench.report.figures.cost_charts import cores_by_rate
from clusterbench.report.figures.course_chart import courses
from clusterbench.report.figures.footprint_charts import cold_starts, memory
from clusterbench.report.figures.method_charts import method_effect, method_errors
from clusterbench.report.figures.palette import styles
from clusterbench.report.figures.percentile_chart import percentiles
from clusterbench.report.figures.published_charts import published_against_measured
from clusterbench.report.figures.published_pairs import pairs
from clusterbench.report.figures.rate_chart import latency_at_rate
from clusterbench.report.figures.size_charts import sizes_chart
from clusterbench.report.figures.sweep_charts import (
    cpu_per_request,
    error_rate,
    latencies,
    throughput,
)
from clusterbench.report.figures.training_charts import training_growth, training_times
from clusterbench.report.sections import sections
from clusterbench.report.shown_levels import shown_levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from clusterbench.model.attribution import Attribution
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.training_summary import TrainingSummary
    from clusterbench.model.trial import Cell
    from clusterbench.model.within_trial import CellWithin
    from clusterbench.report.figures.chart import Chart
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.figures.published_pairs import Pairs
    from clusterbench.report.sections import Section
    from clusterbench.report.shown_levels import ShownLevel

    OfTraining = Callable[[RunRecord, TrainingSummary], Iterable[Chart]]
    OfCpuTime = Callable[[RunRecord, Attribution], Iterable[Chart]]
    OfSection = Callable[[RunRecord, Section, Styles], Iterable[Chart]]
    OfRun = Callable[[RunRecord, Summary, Styles], Iterable[Chart]]
    OfPublished = Callable[[RunRecord, Section, Pairs], Iterable[Chart]]
    OfLevel = Callable[[RunRecord, ShownLevel, Mapping[Cell, CellWithin], Styles], Iterable[Chart]]

#: Each returns its charts, or none where there is nothing to show.
OF_TRAINING: Sequence[OfTraining] = (training_times, training_growth)
#: Of what is measured by the published method, beside the reference method.
OF_THE_PUBLISHED_METHOD: Sequence[OfPublished] = (
    published_against_measured,
    method_effect,
    method_errors,
)
#: Of a whole run: what its capacities cost, and its servers over all their turns.
OF_A_RUN: Sequence[OfRun] = (cores_by_rate, cold_starts, memory)
#: Of a whole run over models of several sizes, in place of those.
OF_SIZES: Sequence[OfRun] = (sizes_chart,)


def _published_method(run: RunRecord, section: Section, looks: Styles) -> Iterator[Chart]:
    found = pairs(run, section, looks)
    for of_published in OF_THE_PUBLISHED_METHOD:
        yield from of_published(run, section, found)


#: Of a section, by the sets of plots that its load kind names.
OF_A_SECTION: Mapping[Plots, Sequence[OfSection]] = {
    Plots.SWEEP: (throughput, latencies, error_rate, cpu_per_request),
    Plots.AT_RATE: (latency_at_rate,),
    Plots.CAPACITY: (capacity,),
    Plots.PUBLISHED: (_published_method,),
}
#: Of where CPU time per request goes, once a run.
OF_CPU_TIME: Sequence[OfCpuTime] = (attribution, icicles)
#: Of each level that is shown in detail, from the requests of its trials.
OF_A_LEVEL: Sequence[OfLevel] = (percentiles, courses)


def charts(
    run: RunRecord, summary: Summary, within: Mapping[Cell, CellWithin] = MappingProxyType({})
) -> tuple[Chart, ...]:
    """Draw a run: its training, section by section, then what is of all, in the lists' order.

    `within` is what went on within the trials of the cells that are shown in detail.
    """
    looks = styles(run.experiment)
    drawn: list[Chart] = []
    if summary.training is not None:
        for of_training in OF_TRAINING:
            drawn += of_training(run, summary.training)
    if summary.attribution is not None:
        for of_cpu_time in OF_CPU_TIME:
            drawn += of_cpu_time(run, summary.attribution)
    for section in sections(run.experiment, summary):
        for plots in section.kind.plots:
            for of_section in OF_A_SECTION[plots]:
                drawn += of_section(run, section, looks)
    for of_run in OF_SIZES if run.experiment.sizes else OF_A_RUN:
        drawn += of_run(run, summary, looks)
    levels = shown_levels(run, summary) if within else ()
    for of_level in OF_A_LEVEL:
        for level in levels:
            drawn += of_level(run, level, within, looks)
    return tuple(drawn)
