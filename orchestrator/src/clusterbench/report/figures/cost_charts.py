"""The chart of cost: how many cores each contender needs, by rate. Pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.cost import costs, in_question
from clusterbench.model import numbers as fmt
from clusterbench.model.units import RequestsPerSecond
from clusterbench.report import captions
from clusterbench.report.figures.axes import log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import faint
from clusterbench.report.figures.parts import (
    UPPER_BOUND,
    band,
    entry,
    facets,
    line,
    rule,
    value_axis,
)
from clusterbench.report.figures.quantities import Span, point
from clusterbench.report.sections import slug
from clusterbench.report.tables import cost_tables
from clusterbench.report.tables.cost_tables import RATES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from clusterbench.measure.cost import ContenderCost
    from clusterbench.model.objective import Question
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.palette import Style, Styles

#: Points of a line in each decade of rates: where its floor of one core ends shows.
_STEPS = 20
_DECADES = round(math.log10(RATES[-1] / RATES[0]))
_GRID = tuple(
    RequestsPerSecond(RATES[0] * 10 ** (step / _STEPS)) for step in range(_STEPS * _DECADES + 1)
)
#: A band without an upper end goes on for so many times its line, as far as it is shown.
_ENDLESS = 10.0

#: The cores of one contender by rate (requests/s); of all of _GRID, and of no other.
_ByRate = dict[float, "ContenderCost"]


def cores_by_rate(run: RunRecord, summary: Summary, styles: Styles) -> Iterator[Chart]:
    """Draw the cores of each contender over RATES, a chart for each scenario with capacities."""
    question = in_question(run, summary)
    if question is None:
        return
    for place, (scenario, found) in enumerate(_by_scenario(run, summary, question).items()):
        drawn = {name: each for name, each in found.items() if each[RATES[0]].cores}
        if drawn:
            yield Chart(
                name=f"cores-by-rate{'' if place == 0 else '-' + slug(scenario)}",
                section=cost_tables.CHAPTER,
                title=f"Cores by rate, within {question.objective}",
                subtitle=captions.subtitle(run, run.experiment.scenarios[scenario], bars=False),
                caption=tuple(_caption(question, [each[RATES[0]] for each in found.values()])),
                figure=_figure(drawn, question, styles),
            )


def _by_scenario(
    run: RunRecord, summary: Summary, question: Question
) -> dict[str, dict[str, _ByRate]]:
    """Return each contender's costs at the grid's rates, by scenario and name."""
    found: dict[str, dict[str, _ByRate]] = {}
    for rate in _GRID:
        for cost in costs(run, summary, replace(question, rate=rate)):
            found.setdefault(cost.scenario, {}).setdefault(cost.contender, {})[rate] = cost
    return found


def _figure(drawn: dict[str, _ByRate], question: Question, styles: Styles) -> go.Figure:
    figure = facets(1)
    spans = {
        name: {rate: _span(cost) for rate, cost in by_rate.items()}
        for name, by_rate in drawn.items()
    }
    for name, own in spans.items():
        figure.add_trace(_band(own, faint(styles[name].colour)))
    for name, own in spans.items():
        bound = drawn[name][RATES[0]].bound
        figure.add_traces(list(_traces(name, styles[name], drawn[name], own, bound)))
    rule(figure, x=question.rate)
    value_axis(figure, log_axis("cores", [span for own in spans.values() for span in own.values()]))
    axis = log_axis("rate (requests per second)", map(point, RATES))
    names = [f"{rate:,.0f}" for rate in RATES]
    figure.update_xaxes({**axis, "tickvals": list(RATES), "ticktext": names})
    return figure


def _traces(
    name: str, style: Style, costs_of: _ByRate, spans: dict[float, Span], bound: str
) -> Iterator[go.Scatter]:
    """Yield a line, marks at RATES, and what the legend shows of both."""
    bare = {rate: point(span.value) for rate, span in spans.items()}
    yield line(name, style, list(bare), list(bare.values()), mode="lines", hoverinfo="skip")
    marks = [rate for rate in bare if rate in RATES]
    yield line(
        name,
        style,
        marks,
        [bare[rate] for rate in marks],
        symbols=[UPPER_BOUND if bound else style.symbol] * len(marks),
        text=[_hover(costs_of[rate]) for rate in marks],
        mode="markers",
    )
    yield entry(name, style)


def _span(cost: ContenderCost) -> Span:
    """Return the cores with their interval, 1 at least."""
    found = cost.cores
    if found is None:
        return point(1.0)
    value = max(1.0, found.value)
    low = value if found.low is None else max(1.0, found.low)
    high = value if found.high is None else max(1.0, min(found.high, value * _ENDLESS))
    return Span(low, value, high)


def _band(own: dict[float, Span], colour: str) -> go.Scatter:
    """Return the intervals of a line as one area."""
    spans = own.values()
    return band([*own], [each.low for each in spans], [each.high for each in spans], colour)


def _hover(cost: ContenderCost) -> str:
    cores = "" if cost.whole_cores is None else fmt.plural(cost.whole_cores, "core")
    whole = f"{cost.bound} {cores}".strip()
    return f"<b>{cost.contender}</b>, {cost.rate:,.0f}/s<br>{whole}<br>{cost_tables.basis(cost)}"


def _caption(question: Question, found: Sequence[ContenderCost]) -> Iterator[str]:
    free = f", {fmt.percent(question.headroom)} of it free" if question.headroom else ""
    known = any(each.cores and each.cores.low is not None for each in found)
    bands = f"Bands: {captions.INTERVAL}s of the capacity." if known else "One round: no intervals."
    yield (
        f"Cores: rate / capacity per core{free}; 1 at least. {bands} Dotted: "
        f"{question.rate:,.0f} requests per second."
    )
    beyond = sorted({each.measured_cores for each in found if each.cores})
    most = fmt.listing([fmt.plural(cores, "core") for cores in beyond])
    yield f"Measured on {most}; more cores are by adding processes or servers: extrapolated."
    if any(each.bound and each.cores for each in found):
        yield "Open triangles: the capacity is a lower bound, so many cores or fewer."
    if left := cost_tables.rest([each for each in found if not each.cores]):
        yield f"Not drawn: {'; '.join(left)}."
