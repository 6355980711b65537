"""Each trial's window by time, as small multiples: a column per contender, a line per round. Pure.

Each contender has axes of its own, since what is looked for is a change within a line.
"""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clusterbench.measure.courses import P99_NEEDS
from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.figures.axes import log_axis
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.palette import GREY, Style
from clusterbench.report.figures.parts import LOWER_BOUND, RING, entry, nothing
from clusterbench.report.figures.quantities import point
from clusterbench.report.sections import slug
from clusterbench.report.shown_levels import WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.trial import Cell
    from clusterbench.model.within_trial import CellWithin, RoundWithin
    from clusterbench.report.figures.palette import Styles
    from clusterbench.report.shown_levels import ShownLevel

#: Contenders side by side; more stand below.
_MOST_COLUMNS = 4
_ROW_HEIGHT, _TEXT = 190, 70
_MS = 1e3
#: From this ratio of the highest to the lowest on, an axis is logarithmic.
_FLAT = 8.0
#: The marks of what the run found of a trial, each at the end of its line, and of a pause.
_DRIFT, _PAUSE, _FAILED = "asterisk-open", "line-ns-open", "x-thin-open"
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def courses(
    run: RunRecord, shown: ShownLevel, within: Mapping[Cell, CellWithin], styles: Styles
) -> Iterator[Chart]:
    """Draw throughput and p99 within the trials of a level; nothing where none was read."""
    found = [within[cell.cell] for cell in shown.cells if cell.cell in within]
    if not found:
        return
    columns, blocks = _grid(len(found))
    yield Chart(
        name=f"course-{slug(shown.scenario.name)}-{shown.level}",
        section=WITHIN,
        title=f"Within each trial: {shown.scenario.name} at {shown.words}",
        subtitle=captions.subtitle(run, shown.scenario, bars=False),
        caption=tuple(_caption(shown, found)),
        figure=_figure(found, styles),
        facets=columns,
        height=2 * blocks * _ROW_HEIGHT + _TEXT,
        words=" ".join(_in_words(each) for each in found),
    )


def _grid(number: int) -> tuple[int, int]:
    """Return how many contenders stand side by side, and how many rows of them there are."""
    columns = min(number, _MOST_COLUMNS)
    return columns, -(-number // columns)


def _figure(found: Sequence[CellWithin], styles: Styles) -> go.Figure:
    columns, blocks = _grid(len(found))
    empty = [""] * (columns * blocks - len(found))
    titles = [html.escape(each.cell.contender) for each in found] + empty
    in_rows = [titles[at : at + columns] for at in range(0, len(titles), columns)]
    figure = make_subplots(
        rows=2 * blocks,
        cols=columns,
        horizontal_spacing=0.28 / columns if columns > 1 else 0.0,
        vertical_spacing=0.2 / (2 * blocks),
        subplot_titles=[title for row in in_rows for title in (*row, *[""] * columns)],
    )
    for place, each in enumerate(found):
        row, column = 2 * (place // columns) + 1, place % columns + 1
        _facet(figure, each, styles[each.cell.contender], row, column, first=column == 1)
    figure.add_traces(list(_legend(found)), rows=1, cols=1)
    return figure


def _facet(
    figure: go.Figure, each: CellWithin, style: Style, row: int, column: int, *, first: bool
) -> None:
    """Draw a contender's two plots, the throughput above."""
    middles = [round(middle, 3) for middle in each.middles]
    for place, trial in enumerate(each.rounds):
        dash, name = _DASHES[place % len(_DASHES)], each.cell.contender
        hover = _words(trial)
        for at, values in enumerate((trial.course.throughput, _in_ms(trial.course.p99))):
            shown = list(zip(middles, values, strict=True))
            trace = _thin(name, replace(style, dash=dash), shown, hover)
            figure.add_trace(trace, row=row + at, col=column)
        figure.add_traces(list(_marks(each, trial)), rows=row, cols=column)
    figure.add_trace(nothing(), row=row, col=column)
    figure.add_trace(nothing(), row=row + 1, col=column)
    span = {"range": [0, each.edges[-1]], "nticks": 6}
    figure.update_xaxes({**span, "showticklabels": False}, row=row, col=column)
    figure.update_xaxes(
        {**span, "title": {"text": "s from the window's begin"}}, row=row + 1, col=column
    )
    tops = [value for t in each.rounds for value in t.course.throughput if value is not None]
    top = max(tops, default=1.0) * 1.12 or 1.0
    rate = {"range": [0, top], "nticks": 5, "tickformat": "~s"}
    title = {"title": {"text": "responses/s"}} if first else {}
    figure.update_yaxes({**rate, **title}, row=row, col=column)
    known = [value for t in each.rounds for value in _in_ms(t.course.p99) if value]
    figure.update_yaxes(_p99_axis("p99 (ms)" if first else "", known), row=row + 1, col=column)


def _p99_axis(title: str, known: Sequence[float]) -> dict[str, Any]:
    """Return a linear axis from 0, or a logarithmic one where a line would be flat on that."""
    if known and max(known) > _FLAT * min(known):
        return log_axis(title, map(point, known), facet=True)
    top = max(known, default=1.0) * 1.12
    return {"title": {"text": title}, "range": [0, top], "nticks": 5}


def _thin(
    name: str, style: Style, shown: Sequence[tuple[float, float | None]], hover: str
) -> go.Scatter:
    """Return a round's line through its (moment, figure)s, broken where there is no figure."""
    return go.Scatter(
        x=[moment for moment, _ in shown],
        y=[None if value is None else float(f"{value:.4g}") for _, value in shown],
        mode="lines+markers",
        # A part between two gaps has no line to it.
        marker={"size": 3, "color": style.colour},
        line={"color": style.colour, "width": 1.2, "dash": style.dash},
        connectgaps=False,
        name=html.escape(name),
        showlegend=False,
        hovertemplate=f"{html.escape(name)}, {hover}: %{{y}} at %{{x}} s<extra></extra>",
    )


def _in_ms(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else value * _MS for value in values]


def _marks(each: CellWithin, trial: RoundWithin) -> Iterator[go.Scatter]:
    """Yield the marks of a trial: what the run found of it, its pause, and failed requests."""
    known = [
        (at, value)
        for at, value in zip(each.middles, trial.course.throughput, strict=True)
        if value is not None
    ]
    if known:
        for symbol, words in _found(trial):
            yield _mark(*known[-1], symbol, f"round {trial.round}: {words}")
    if trial.stop:
        middle = trial.stop.at + trial.stop.seconds / 2
        yield _mark(middle, 0.0, _PAUSE, _words(trial))
    for at, number in zip(each.middles, trial.course.failed, strict=True):
        if number:
            yield _mark(at, 0.0, _FAILED, f"round {trial.round}: {number:,} failed")


def _mark(at: float, value: float, symbol: str, words: str) -> go.Scatter:
    size = 14 if symbol in {RING, _PAUSE} else 10
    return go.Scatter(
        x=[round(at, 3)],
        y=[float(f"{value:.4g}")],
        mode="markers",
        marker={"symbol": symbol, "size": size, "color": GREY, "line": {"width": 1.8}},
        cliponaxis=False,
        text=[words],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _found(trial: RoundWithin) -> Iterator[tuple[str, str]]:
    """Yield the symbol, and the words, of each thing that the run found of a trial."""
    if trial.drift:
        yield _DRIFT, f"drift {trial.drift:+.0%}"
    if trial.disturbed is not None:
        others = fmt.percent(trial.disturbed)
        yield RING, f"disturbed, others had {others} of the CPUs"
    if trial.limit and trial.limit.lower_bound:
        yield LOWER_BOUND, f"{trial.limit}, a lower bound"


def _words(trial: RoundWithin) -> str:
    """Return a round, and its pause where it has one."""
    stopped = _stopped(trial)
    return f"round {trial.round}: {stopped}" if stopped else f"round {trial.round}"


def _stopped(trial: RoundWithin) -> str:
    stop = trial.stop
    if stop is None:
        return ""
    return f"no request ended for {fmt.seconds(stop.seconds)} at {stop.at:.1f} s"


def _legend(found: Sequence[CellWithin]) -> Iterator[go.Scatter]:
    """Return an entry for each kind of mark that the figure holds."""
    trials = [trial for each in found for trial in each.rounds]
    symbols = {symbol for trial in trials for symbol, _ in _found(trial)}
    symbols |= {_PAUSE for trial in trials if trial.stop}
    symbols |= {_FAILED for trial in trials if any(trial.course.failed)}
    names = {
        _DRIFT: "drift",
        RING: "disturbed",
        LOWER_BOUND: "a lower bound",
        _PAUSE: "a pause",
        _FAILED: "failed requests",
    }
    for symbol, name in names.items():
        if symbol in symbols:
            yield entry(name, Style(GREY, symbol), mode="markers")


def _in_words(each: CellWithin) -> str:
    """Return the lowest and the highest part of each round, and what was found of it."""
    rounds = []
    for trial in each.rounds:
        rates = [value for value in trial.course.throughput if value is not None]
        tails = [value for value in trial.course.p99 if value is not None]
        parts = [
            f"{fmt.number(min(rates))} to {fmt.number(max(rates))} responses/s" if rates else "",
            f"p99 {fmt.seconds(min(tails))} to {fmt.seconds(max(tails))}" if tails else "",
        ]
        known = ", ".join(part for part in parts if part) or "no figures"
        rounds.append("; ".join([f"round {trial.round}: {known}", *_remarks(trial)]))
    return f"{each.cell.contender} in parts of {each.width:g} s, {'; '.join(rounds)}."


def _remarks(trial: RoundWithin) -> list[str]:
    """Return what the run found of a trial, its pause, and how many requests failed."""
    failed = sum(trial.course.failed)
    words = [*(words for _, words in _found(trial)), _stopped(trial)]
    return [*filter(None, words), *([f"{failed:,} failed"] if failed else [])]


def _caption(shown: ShownLevel, found: Sequence[CellWithin]) -> Iterator[str]:
    yield f"Shown of its sweep: {shown.words} ({shown.why})."
    several = max(len(each.rounds) for each in found)
    lines = "each line is a round" if several > 1 else "one round"
    widths = sorted({round(each.width, 3) for each in found})
    parts = fmt.listing([f"{width:g} s" for width in widths])
    yield f"Parts of {parts}; {lines}. Each contender has axes of its own."
    yield (
        "Above: OK responses that end in a part, per second; a part without any is 0. Below: p99 "
        f"of the requests that start in a part; a gap where fewer than {P99_NEEDS} do."
    )
    for each in found:
        told = [(trial.round, "; ".join(_remarks(trial))) for trial in each.rounds]
        same: dict[str, list[str]] = {}
        for number, words in told:
            if words:
                same.setdefault(words, []).append(str(number))
        remarks = [
            f"round{'s'[: len(numbers) > 1]} {fmt.listing(numbers)}: {words}"
            for words, numbers in same.items()
        ]
        if remarks:
            yield f"{each.cell.contender}, {'; '.join(remarks)}."
