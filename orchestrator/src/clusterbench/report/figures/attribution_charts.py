"""Where CPU time per request goes: bars by class, two ways, and the stacks of each server. Pure."""

from __future__ import annotations

import html
import textwrap
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from clusterbench.model import numbers as fmt
from clusterbench.model.attribution import Spent
from clusterbench.report import captions
from clusterbench.report.attribution_words import MICRO, WAYS, micro, sentences
from clusterbench.report.figures.chart import WIDTH, Chart
from clusterbench.report.figures.palette import GREY, INK, PAPER
from clusterbench.report.figures.parts import error_bars, facets
from clusterbench.report.figures.quantities import span_of
from clusterbench.report.sections import ATTRIBUTION, describe, slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.model.attribution import Attribution, ContenderCosts, Node
    from clusterbench.model.records import RunRecord

_COLOURS: Mapping[Spent, str] = {
    Spent.KERNEL: GREY,
    Spent.FRAMEWORK: "#56B4E9",
    Spent.DECODING: "#F0E442",
    Spent.MODEL: "#CC79A7",
    Spent.OTHER: "#D5D8DC",
}
_ALONE = "gRPC alone, by no-op"
_CALL = "model, by no-op"
#: A name's size, the width of one of its letters, and what is beside the bars of a picture (px).
_SIZE, _CHARACTER, _MARGINS = 11, 6.4, 122
#: A bar for fewer letters has no name; one for more has so many lines of them, and its share.
_FEWEST, _LINES = 5, 2
_STACKS = (
    "Each bar is a function, as wide as its share of the server's CPU time; below it is what it "
    "called. At the top is the class that the innermost known frame gives a stack: kernel and "
    "network (grey), gRPC framework (blue), decoding (yellow), model (purple), other (light grey). "
    "Functions under 0.4%, what starts threads, and what is more than six calls deep are left out."
)


def attribution(run: RunRecord, found: Attribution) -> Iterator[Chart]:
    """Draw each contender's CPU time per request by class, as both ways show it."""
    costs = [each for each in found.contenders if each.profile or each.noop_cpu]
    if costs:
        yield Chart(
            name="cpu-by-class",
            section=ATTRIBUTION,
            title="Where CPU time per request goes",
            subtitle=_subtitle(run, costs),
            caption=(*sentences(found), WAYS),
            figure=_bars(costs),
            facets=2,
        )


def icicles(run: RunRecord, found: Attribution) -> Iterator[Chart]:
    """Draw the stacks of each server that profilers sampled."""
    for each in found.contenders:
        if each.tree:
            counted = fmt.listing([f"{n:,} of {name}" for name, n in each.samples.items()])
            yield Chart(
                name=f"stacks-{slug(each.contender)}",
                section=ATTRIBUTION,
                title=f"{each.contender}: {micro(each.cpu.value)} of CPU per request, by stack",
                subtitle=(
                    describe(run.experiment.scenarios[each.scenario]),
                    *_subtitle(run, [each])[1:],
                ),
                caption=(f"Samples: {counted}.", _STACKS),
                figure=_icicle(each),
            )


def _subtitle(run: RunRecord, costs: Sequence[ContenderCosts]) -> tuple[str, ...]:
    return captions.subtitle(run, run.experiment.scenarios[costs[0].scenario])


# --------------------------------------------------------------------------------------- bars


def _bars(costs: Sequence[ContenderCosts]) -> go.Figure:
    figure = facets(2, ("time per request", "share of it"))
    rows = [
        (f"{each.contender}<br>{way}", each, way)
        for each in costs
        for way, told in (("profile", each.profile), ("no-op", each.noop_cpu))
        if told
    ]
    names = [name for name, _, _ in rows]
    for name, colour, pattern in _traces(costs):
        values = [_value(each, way, name) for _, each, way in rows]
        for column, by in enumerate((None, "cpu"), start=1):
            figure.add_trace(
                go.Bar(
                    name=name,
                    y=names,
                    x=[
                        v and (v * MICRO if by is None else 100 * v / each.cpu.value)
                        for v, (_, each, _) in zip(values, rows, strict=True)
                    ],
                    orientation="h",
                    marker={
                        "color": colour,
                        "line": {"width": 0.5, "color": PAPER},
                        "pattern": {
                            "shape": pattern,
                            "fillmode": "overlay",
                            "fgcolor": PAPER,
                            "fgopacity": 0.7,
                        },
                    },
                    legendgroup=name,
                    showlegend=column == 1,
                    hovertemplate="%{x:.3~g}" + (" µs" if by is None else "%"),
                ),
                row=1,
                col=column,
            )
    figure.add_trace(_whole(rows), row=1, col=1)
    figure.update_layout(barmode="stack", bargap=0.25)
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title="CPU time per request (µs)", rangemode="tozero", col=1)
    figure.update_xaxes(title="share (%)", range=[0, 105], col=2)
    return figure


def _whole(rows: Sequence[tuple[str, ContenderCosts, str]]) -> go.Scatter:
    """Return the measured CPU time per request of each row, with its interval."""
    spans = [span_of(each.cpu, MICRO) for _, each, _ in rows]
    return go.Scatter(
        name="measured",
        mode="markers",
        x=[span.value for span in spans],
        y=[name for name, _, _ in rows],
        marker={"symbol": "line-ns", "size": 14, "line": {"width": 1.5, "color": INK}},
        error_x=error_bars(spans, INK, width=4),
        hovertemplate="%{x:.3~g} µs",
    )


def _traces(costs: Sequence[ContenderCosts]) -> Iterator[tuple[str, str, str]]:
    """Return each part's name, colour and pattern, in the order in which they are stacked."""
    if any(each.profile for each in costs):
        yield from ((str(spent), colour, "") for spent, colour in _COLOURS.items())
    if any(each.noop_cpu for each in costs):
        yield _ALONE, _COLOURS[Spent.FRAMEWORK], "/"
        yield _CALL, _COLOURS[Spent.MODEL], "/"


def _value(each: ContenderCosts, way: str, name: str) -> float | None:
    """Return what a part takes of a row (s per request); None where it is no part of it.

    Noise can make a no-op handler dearer than the model's: a part below 0 is drawn as none.
    """
    if way == "profile":
        found = each.profile.get(Spent(name)) if name in set(Spent) else None
    else:
        found = {_ALONE: each.noop_cpu, _CALL: each.model_call}.get(name)
    return None if found is None else max(0.0, found.value)


# ------------------------------------------------------------------------------------ icicles


def _icicle(each: ContenderCosts) -> go.Figure:
    ids, labels, parents, values, colours = ["all"], [each.contender], [""], [1.0], [PAPER]
    texts = [html.escape(f"{each.contender}, {micro(each.cpu.value)}")]

    def add(nodes: Sequence[Node], parent: str) -> None:
        for node in nodes:
            own = f"{parent}/{len(ids)}"
            ids.append(own)
            labels.append(html.escape(node.name))
            texts.append(_fitting(node))
            parents.append(parent)
            values.append(node.share)
            colours.append(_COLOURS[node.spent])
            add(node.calls, own)

    add(each.tree, "all")
    values[0] = max(1.0, sum(node.share for node in each.tree))
    figure = go.Figure(
        go.Icicle(
            ids=ids,
            labels=labels,
            parents=parents,
            values=values,
            branchvalues="total",
            sort=False,
            tiling={"orientation": "v", "pad": 1},
            pathbar={"visible": False},
            root={"color": PAPER},
            marker={"colors": colours, "line": {"width": 0.5, "color": PAPER}},
            leaf={"opacity": 1.0},
            text=texts,
            textfont={"color": INK, "size": _SIZE},
            texttemplate="%{text}",
            hovertemplate="%{label}<br>%{percentRoot:.1%} of CPU time<extra></extra>",
        )
    )
    # Where a page is narrower than a picture, names that no longer fit are left out.
    figure.update_layout(uniformtext={"minsize": _SIZE - 1, "mode": "hide"})
    return figure


def _fitting(node: Node) -> str:
    """Return as much of a node's name as its bar has room for, and its share; "" for none.

    Under the pointer there is all of it.
    """
    room = int(node.share * (WIDTH - _MARGINS) / _CHARACTER) - 1
    if room < _FEWEST:
        return ""
    name = textwrap.wrap(node.name, room)
    if len(name) > _LINES:
        name = [*name[: _LINES - 1], f"{name[_LINES - 1][: room - 1]}\N{HORIZONTAL ELLIPSIS}"]
    return "<br>".join([*map(html.escape, name), fmt.percent(node.share)])
