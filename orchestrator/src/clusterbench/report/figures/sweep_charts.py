"""The charts of every sweep: throughput, latency, error rate, CPU time per request. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import timing_of
from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.figures import published_charts as published
from clusterbench.report.figures.parts import message
from clusterbench.report.figures.quantities import CPU, ERRORS, LATENCIES, THROUGHPUT
from clusterbench.report.figures.sweep_figure import sweep_chart
from clusterbench.report.sections import saturated_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.records import RunRecord
    from clusterbench.report.figures.chart import Chart
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.sections import Section


# ------------------------------------------------------------------------------- throughput


def throughput(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw throughput, over the published figures where they are of the same method."""
    quantity = replace(THROUGHPUT, axis=section.kind.throughput_axis)
    caption = (*published.note(run, section), *_marks(section), *captions.throughput(section))
    behind = published.behind(run, section, (quantity,), styles)
    yield sweep_chart(run, section, styles, (quantity,), caption, behind=behind)


def _marks(section: Section) -> Iterator[str]:
    """Return what triangles and diamonds are."""
    bounded = ["triangles"] if section.lower_bounds(section.scenario) else []
    if any(map(section.lower_bounds, section.beside)):
        bounded.append("diamonds")
    if bounded:
        _, why = captions.lower_bounds(section.all())
        yield " ".join([f"Open {' and '.join(bounded)}: a lower bound.", *why])
    for scenario in section.beside:
        yield (
            f"Diamonds: {saturated_by(scenario)} (connections {fmt.TIMES} requests in flight on "
            "each); all requests are the same."
        )


# ---------------------------------------------------------------------------------- latency


def latencies(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw p50, p95 and p99 of the sweep side by side, on one scale."""
    sweep = replace(section, beside=())
    since = section.kind.latency_from
    caption = [f"As a client sees it: {since} to its response, of OK responses."]
    if any(cell.truncated for cell in sweep.all()):
        caption.append(
            "Where the load generator listed only its first requests, percentiles are of those "
            "(see the table's notes)."
        )
    caption += captions.send_delays(sweep)
    caption += (*section.kind.captions("latency"), *published.note(run, section))
    behind = published.behind(run, sweep, LATENCIES, styles)
    name, title = "latencies", "Latency percentiles"
    yield sweep_chart(run, sweep, styles, LATENCIES, caption, behind=behind, name=name, title=title)


# ------------------------------------------------------------------------------- error rate


def error_rate(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw the share of responses that were errors; where there were none, write so."""
    lines = ["Responses with a status other than OK, of all that ended in the window."]
    found = {name: _errors(section, name) for name in section.contenders}
    texts = [f"{name}: {fmt.counts(errors)}" for name, errors in found.items() if errors.total()]
    if texts:
        lines.append(f"Errors by status: {'; '.join(texts)}.")
    caption = (*section.kind.captions("error_rate"), *lines)
    chart = sweep_chart(run, section, styles, (ERRORS,), caption, half=True)
    if none := _no_errors(run, section):
        message(chart.figure, none)
    yield chart


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


def cpu_per_request(run: RunRecord, section: Section, styles: Styles) -> Iterator[Chart]:
    """Draw what a contender costs at each level."""
    caption = (_CPU_CAPTION, *section.kind.captions("cpu_per_request"))
    yield sweep_chart(run, section, styles, (CPU,), caption, half=True)
