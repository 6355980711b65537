"""The charts of every sweep: throughput, latency, error rate, CPU time per request. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import timing_of
from clusterbench.model import numbers as fmt
from clusterbench.model.experiment import Method
from clusterbench.report.figures import published_lines
from clusterbench.report.figures.axes import label
from clusterbench.report.figures.chart import Chart, SectionCharts
from clusterbench.report.figures.facets import message
from clusterbench.report.figures.quantities import CPU, ERRORS, LATENCIES, THROUGHPUT
from clusterbench.report.figures.sweep_figure import draw, sweep_chart, title
from clusterbench.report.sections import level_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.sections import Section


def _steady(section: Section) -> bool:
    """Return whether the load is one whose levels can be compared."""
    return section.kind.steady


# ------------------------------------------------------------------------------- throughput


def _throughput(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw throughput, over the published figures where they are of the same method."""
    quantity = replace(THROUGHPUT, axis=section.kind.throughput_axis)
    behind = published_lines.behind(run, section, (quantity,), styles)
    figure = draw(section, styles, (quantity,), behind)
    caption = (*published_lines.note(run, section), *_marks(section), *throughput_notes(section))
    yield sweep_chart(run, section, quantity, figure, caption)


def _marks(section: Section) -> Iterator[str]:
    """Return what triangles and diamonds are."""
    bounded = [
        mark
        for mark, scenarios in (("triangles", (section.scenario,)), ("diamonds", section.beside))
        if any(_bounded(section, scenario) for scenario in scenarios)
    ]
    if bounded:
        yield (
            f"Open {' and '.join(bounded)}: a lower bound. The load generator's CPUs were full, "
            "so the server can do this or more."
        )
    for scenario in section.beside:
        yield (
            f"Diamonds: {label(scenario)} (connections {fmt.TIMES} requests in flight on each); "
            "all requests are the same."
        )


def _bounded(section: Section, scenario: Scenario) -> bool:
    return any(c.lower_bound for name in scenario.contenders for c in section.of(scenario, name))


def throughput_notes(section: Section) -> tuple[str, ...]:
    """Return what a reader of throughput must know, plotted or not."""
    lines = list(section.kind.captions("throughput"))
    if section.scenario.method is Method.PREDICT_BATCH:
        lines.append("A response is that to a whole batch of observations.")
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


# ---------------------------------------------------------------------------------- latency


def _latency(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw p50, p95 and p99 of the sweep side by side, on one scale."""
    sweep = replace(section, beside=())
    figure = draw(sweep, styles, LATENCIES, published_lines.behind(run, sweep, LATENCIES, styles))
    lines = ["As a client sees it: from the send of a request to its response, of OK responses."]
    if any(cell.truncated for cell in sweep.all()):
        lines.append(
            "Where the load generator listed only its first requests, percentiles are of those "
            "(see the table's notes)."
        )
    caption = (*lines, *section.kind.captions("latency"), *published_lines.note(run, section))
    yield replace(
        sweep_chart(run, sweep, LATENCIES[0], figure, caption),
        name="latencies" + section.suffix,
        title=title("Latency percentiles", sweep),
        facets=len(LATENCIES),
    )


# ------------------------------------------------------------------------------- error rate


def _error_rate(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw the share of responses that were errors; where there were none, write so."""
    figure = draw(section, styles, (ERRORS,))
    if none := _no_errors(run, section):
        message(figure, none)
    lines = ["Responses with a status other than OK, of all that ended in the window."]
    found = {name: _errors(section, name) for name in section.contenders}
    texts = [f"{name}: {fmt.counts(errors)}" for name, errors in found.items() if errors.total()]
    if texts:
        lines.append(f"Errors by status: {'; '.join(texts)}.")
    caption = (*section.kind.captions("error_rate"), *lines)
    yield sweep_chart(run, section, ERRORS, figure, caption, half=True)


def _no_errors(run: RunRecord, section: Section) -> str:
    """Write that there were no errors, and in how many responses; "" where there were some."""
    rates = [cell.error_rate for cell in section.all() if cell.error_rate is not None]
    if not rates or any(rate.value != 0 for rate in rates):
        return ""
    window = timing_of(run.experiment, section.scenario.name).window
    throughputs = [cell.throughput for cell in section.all() if cell.throughput is not None]
    responses = sum(rate * window for throughput in throughputs for rate in throughput.rounds)
    return f"no errors in\n{fmt.rough(responses)} responses"


def _errors(section: Section, contender: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for cell in section.of_contender(contender):
        total.update(cell.errors)
    return total


# --------------------------------------------------------------------- CPU time per request

_CPU_CAPTION = (
    "The server's CPU time, by the kernel's counters, over its OK responses. 1,000 µs is one core "
    "for every 1,000 responses per second. A server that is not saturated may use more per "
    "request, since fewer requests arrive together."
)


def _cpu_per_request(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw what a contender costs at each level."""
    figure = draw(section, styles, (CPU,))
    caption = (_CPU_CAPTION, *section.kind.captions("cpu_per_request"))
    yield sweep_chart(run, section, CPU, figure, caption, half=True)


RATE = SectionCharts(applies=_steady, draw=_throughput)
LATENCY = SectionCharts(applies=_steady, draw=_latency)
ERROR_RATE = SectionCharts(applies=_steady, draw=_error_rate)
CPU_PER_REQUEST = SectionCharts(applies=_steady, draw=_cpu_per_request)
