"""The charts of a run's footprints: cold starts by their parts, and memory. Pure."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, NamedTuple

import plotly.graph_objects as go

from clusterbench.model import numbers as fmt
from clusterbench.model.footprint import START_STEPS
from clusterbench.report import captions
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import GREY, faded
from clusterbench.report.figures.parts import error_bars
from clusterbench.report.figures.quantities import span_of
from clusterbench.report.sections import FOOTPRINT
from clusterbench.report.tables import footprint_tables as words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clusterbench.model.cell_summary import ContenderSummary
    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.palette import Styles

#: A contender has a place of height 1: its name stands above its bars.
_NAME_AT, _THICK, _THIN = 0.34, 0.32, 0.2
#: The parts of a cold start are told apart by how much of the contender's colour they keep.
_KEPT: Mapping[str, float] = {
    "create": 0.2, "start": 0.45, "serving": 0.7, "first_response": 1.0,
}  # fmt: skip
_IDLE, _PEAK = 0.45, 1.0
_MOST_IN_A_HALF = 4
#: Times are drawn in milliseconds, memory in MiB.
_MILLI, _MEBI = 1e3, 1 / fmt.MEBI


class _Bar(NamedTuple):
    """A bar from `base` to `base + length`; `whole` is what its error bar is about, at its end."""

    at: float
    base: float
    length: float
    thickness: float
    colour: str
    hover: str
    whole: Estimate | None = None
    scale: float = 1.0


def cold_starts(run: RunRecord, summary: Summary, styles: Styles) -> Iterator[Chart]:
    """Draw how long each contender takes to its first right response, part by part."""
    shown = [each for each in summary.contenders if each.footprint.start and each.footprint.steps]
    if not shown:
        return
    there = [step for step in START_STEPS if any(step in c.footprint.steps for c in shown)]
    bars = [bar for place, c in _placed(shown) for bar in _parts(c, place, styles[c.name].colour)]
    names = {
        place: f"{c.name}: {fmt.with_interval(c.footprint.start, _MILLI, ' ms')}"
        for place, c in _placed(shown)
    }
    figure = _figure(bars, names, "time to the first right response (ms)")
    figure.add_traces([_entry(words.STEPS[step], _KEPT[step]) for step in there])
    yield _chart(
        run,
        name="cold_start",
        title="Cold start: from a server's creation to its first right response",
        caption=(words.START_NOTE, "The parts are drawn in proportion to the whole."),
        figure=figure,
        places=len(shown),
    )


def memory(run: RunRecord, summary: Summary, styles: Styles) -> Iterator[Chart]:
    """Draw the memory of each contender, idle and at its peak."""
    shown = [
        each
        for each in summary.contenders
        if each.footprint.idle_memory is not None or each.footprint.peak_memory is not None
    ]
    if not shown:
        return
    bars = [bar for place, c in _placed(shown) for bar in _levels(c, place, styles[c.name].colour)]
    names = {place: f"{c.name}: {_memory_words(c)}" for place, c in _placed(shown)}
    figure = _figure(bars, names, "memory (MiB)")
    figure.add_traces([_entry("idle", _IDLE), _entry("peak", _PEAK)])
    yield _chart(
        run,
        name="memory",
        title="Memory of each server, idle and at its peak",
        caption=(words.MEMORY_NOTE,),
        figure=figure,
        places=len(shown),
    )


def _placed(shown: Sequence[ContenderSummary]) -> Iterator[tuple[int, ContenderSummary]]:
    """Return each contender with its place, the first at the top."""
    yield from ((len(shown) - 1 - number, each) for number, each in enumerate(shown))


def _parts(each: ContenderSummary, place: int, colour: str) -> Iterator[_Bar]:
    whole, steps = each.footprint.start, each.footprint.steps
    total = sum(step.value for step in steps.values())
    if whole is None or not total > 0:
        return
    base = 0.0
    for name, step in steps.items():
        length = whole.value * _MILLI * step.value / total
        last = name == [*steps][-1]
        yield _Bar(
            at=place - 0.1,
            base=base,
            length=length,
            thickness=_THICK,
            colour=faded(colour, _KEPT[name]),
            hover=f"<b>{html.escape(each.name)}</b><br>{words.STEPS[name]}: "
            + fmt.with_interval(step, _MILLI, " ms"),
            whole=whole if last else None,
            scale=_MILLI,
        )
        base += length


def _levels(each: ContenderSummary, place: int, colour: str) -> Iterator[_Bar]:
    footprint = each.footprint
    figures = (("idle", footprint.idle_memory, _IDLE), ("peak", footprint.peak_memory, _PEAK))
    for number, (name, found, kept) in enumerate(figures):
        if found is not None and math.isfinite(found.value):
            yield _Bar(
                at=place - 0.02 - _THIN * 1.1 * number,
                base=0.0,
                length=found.value * _MEBI,
                thickness=_THIN,
                colour=faded(colour, kept),
                hover=f"<b>{html.escape(each.name)}</b><br>{name}: "
                + fmt.with_interval(found, _MEBI, " MiB"),
                whole=found,
                scale=_MEBI,
            )


def _memory_words(each: ContenderSummary) -> str:
    idle, peak = each.footprint.idle_memory, each.footprint.peak_memory
    return f"{fmt.point(idle, _MEBI)} MiB idle, {fmt.point(peak, _MEBI)} MiB at its peak"


def _figure(bars: Sequence[_Bar], names: Mapping[int, str], axis: str) -> go.Figure:
    """Draw bars, with what `names` says above each place, on an axis from 0."""
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[bar.length for bar in bars],
            y=[bar.at for bar in bars],
            base=[bar.base for bar in bars],
            width=[bar.thickness for bar in bars],
            marker={
                "color": [bar.colour for bar in bars],
                # The pale parts alone would not stand out from the paper.
                "line": {"width": 1, "color": GREY},
            },
            text=[bar.hover for bar in bars],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    )
    figure.add_trace(_error_bars([bar for bar in bars if bar.whole is not None]))
    figure.add_trace(
        go.Scatter(
            mode="text",
            x=[0.0] * len(names),
            y=[place + _NAME_AT for place in names],
            text=[html.escape(text) for text in names.values()],
            textposition="middle right",
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.update_layout(barmode="overlay")
    figure.update_yaxes(visible=False, range=[-0.5, len(names) - 0.5], fixedrange=True)
    figure.update_xaxes(title={"text": axis}, range=[0.0, _end(bars)], tickformat=",")
    return figure


def _end(bars: Iterable[_Bar]) -> float:
    """Return where the axis ends: beyond every bar and its interval."""
    ends = [bar.base + bar.length for bar in bars]
    ends += [span_of(bar.whole, bar.scale).high for bar in bars if bar.whole is not None]
    return max(ends, default=1.0) * 1.06


def _error_bars(bars: Sequence[_Bar]) -> go.Scatter:
    spans = [span_of(bar.whole, bar.scale) for bar in bars if bar.whole is not None]
    return go.Scatter(
        mode="markers",
        x=[span.value for span in spans],
        y=[bar.at for bar in bars],
        marker={"size": 0.1, "color": GREY},
        error_x=error_bars(spans, GREY, thickness=2),
        hoverinfo="skip",
        showlegend=False,
    )


def _entry(name: str, kept: float) -> go.Bar:
    """Return an entry of the legend."""
    marker = {"color": faded(GREY, kept), "line": {"width": 1, "color": GREY}}
    return go.Bar(x=[None], y=[None], name=name, marker=marker, showlegend=True)


def _chart(
    run: RunRecord,
    *,
    name: str,
    title: str,
    caption: tuple[str, ...],
    figure: go.Figure,
    places: int,
) -> Chart:
    return Chart(
        name=name,
        section=FOOTPRINT,
        title=title,
        subtitle=(
            f"{captions.rounds(run)}; profile {run.experiment.profile}, run {run.id}",
            f"{run.plan}",
            captions.where(run),
        ),
        caption=caption,
        figure=figure,
        half=places <= _MOST_IN_A_HALF,
    )
