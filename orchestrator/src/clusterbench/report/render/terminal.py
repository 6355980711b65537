"""A run's end on a terminal: one compact table a section, and the ratios. Pure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from clusterbench.model import numbers as fmt
from clusterbench.model.claim_result import Verdict
from clusterbench.report import captions
from clusterbench.report.render.columns import widths
from clusterbench.report.sections import describe, sections
from clusterbench.report.tables import recovery_table, training_tables
from clusterbench.report.tables.cell_tables import brief
from clusterbench.report.tables.claims_table import short_claims
from clusterbench.report.tables.ratio_tables import ratios
from clusterbench.report.tables.run_tables import failures, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import JustifyMethod

    from clusterbench.model.claim_result import ClaimResult
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Table, Value

_NARROWEST, _WIDE, _WIDEST, _WIDEST_CLAIMS = 80, 140, 150, 170
#: What a narrow terminal does without.
_SPARED = frozenset({"p50 (ms)", "CPU server/generator", "notes", "inertia"})
_ROOMY = 100
_SPARED_FIRST = frozenset({"inertia"})


def plain(run: RunRecord, summary: Summary, width: int) -> str:
    """Return a run's figures as text without colours, `width` columns wide within reason."""
    size = min(max(width, _NARROWEST), _WIDEST)
    return _text(Group(*_parts(run, summary, size)), size)


def table(shown: Table, width: int) -> str:
    """Return one table with its title as text without colours."""
    size = min(max(width, _NARROWEST), _WIDEST)
    return _text(Group(*_titled(shown, size)), size)


def claims(results: Sequence[ClaimResult], width: int) -> str:
    """Return the claims as text: a line of figures for each, then each one's reason."""
    size = min(max(width, _NARROWEST), _WIDEST_CLAIMS)
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    shown = short_claims(results)
    for name in shown.columns:
        grid.add_column(name, overflow="fold")
    for row in shown.rows:
        grid.add_row(*(Text(str(value)) for value in row))
    reasons = [
        Text(f"\n{each.id}: {each.claim}: {each.verdict.value}\n  {each.reason}")
        for each in results
    ]
    return _text(Group(grid, *reasons), size)


def _parts(run: RunRecord, summary: Summary, width: int) -> Iterator[RenderableType]:
    for section in sections(run.experiment, summary):
        scenario = section.scenario
        title = f"{scenario.name}: {describe(scenario)}; {captions.rounds(run, scenario)}"
        yield Text(title, style="bold")
        yield _grid(brief(section), width)
        for each in recovery_table.recovery(run.experiment, scenario, summary.recoveries):
            yield from _titled(each, width, style="")
        yield from map(Text, recovery_table.notes(scenario))
        for each in ratios(section, summary):
            yield from _titled(each, width, style="")
    if (workers := spread(summary)).rows:
        yield from _titled(workers, width, style="")
    if summary.training is not None:
        yield Text(f"training: {captions.training(run)}", style="bold")
        for each in training_tables.tables(summary.training):
            yield from _titled(each, width, style="")
        yield from map(Text, training_tables.footnotes(summary.training))
    yield from _judged(summary, width)
    yield Text(str(run.plan))
    if run.experiment.scenarios:
        yield Text(captions.time(summary))
    yield from (Text(f"left out: {line}") for line in captions.left_out(run))
    for what, why in failures(summary):
        yield Text(f"failed: {what}: {why.splitlines()[0] if why else fmt.NOTHING}")
    if not summary.complete:
        yield Text(f"incomplete: {captions.INCOMPLETE}")


def _judged(summary: Summary, width: int) -> Iterator[RenderableType]:
    """Show the claims that were measured, and count the others."""
    judged = [each for each in summary.claims if each.verdict is not Verdict.NOT_MEASURED]
    if not judged:
        return
    yield Text("published claims", style="bold")
    yield Text(claims(judged, width))
    others = len(summary.claims) - len(judged)
    yield Text(f"\n{fmt.plural(others, 'more claim')}: not measured here\n" if others else "")


def _titled(shown: Table, width: int, style: str = "bold") -> tuple[RenderableType, ...]:
    return Text(shown.title, style=style), _grid(shown, width)


def _text(shown: RenderableType, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(shown)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def _grid(table: Table, width: int) -> RenderableType:
    """Return a table for rich; narrower than `_WIDE`, intervals go below their figures."""
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    between = " " if width >= _WIDE else "\n"
    spared = _SPARED if width < _ROOMY else _SPARED_FIRST if width < _WIDE else frozenset()
    shown = [i for i, name in enumerate(table.columns) if name not in spared]
    heads = [
        table.columns[i].replace(" / ", " /\n").replace("/generator", "\n/generator") for i in shown
    ]
    cells = [[_lines(row[i], between) for row in table.rows] for i in shown]
    folds = [table.words(i) and i > 0 for i in shown]
    for place, head, size in zip(shown, heads, widths(heads, cells, folds, width), strict=True):
        side: JustifyMethod = "left" if table.words(place) else "right"
        grid.add_column(Text(head), justify=side, overflow="fold", width=size)
    previous = ""
    for row in table.rows:
        first = row[0].text
        if previous and first != previous and table.columns[0] == "contender":
            grid.add_section()
        head = "" if first == previous else first
        grid.add_row(Text(head), *(Text(_lines(row[i], between)) for i in shown[1:]))
        previous = first
    return Padding(grid, (0, 0, 1, 0))


def _lines(value: Value, between: str) -> str:
    return f"{value.text}{between}{value.interval}" if value.interval else value.text
