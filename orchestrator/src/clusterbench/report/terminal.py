"""A run's end on a terminal: one compact table a section, and the ratios. Pure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from clusterbench.measure.results import Verdict
from clusterbench.report import captions, claims, rows
from clusterbench.report import format as fmt
from clusterbench.report.sections import describe, sections

if TYPE_CHECKING:
    from clusterbench.experiment import RunRecord
    from clusterbench.measure.results import Summary
    from clusterbench.report.rows import Table, Value

_NARROWEST, _WIDE, _WIDEST = 80, 140, 150
#: What a narrow terminal does without.
_SPARED = frozenset({"p50 (ms)", "CPU server/generator", "notes"})
_ROOMY = 100


def terminal(run: RunRecord, summary: Summary, width: int = _WIDE) -> RenderableType:
    """Give the run's figures for rich to print; narrower than `_WIDE`, intervals go below."""
    parts: list[RenderableType] = []
    for section in sections(run.experiment, summary):
        scenario = section.scenario
        title = f"{scenario.name}: {describe(scenario)}; {captions.rounds(run, scenario)}"
        parts += [Text(title, style="bold"), _grid(rows.brief(section), width)]
        ratios = rows.ratios(section, summary)
        if ratios.rows:
            parts += [Text(ratios.title), _grid(ratios, width)]
    if any(result.verdict is not Verdict.NOT_MEASURED for result in summary.claims):
        parts += [Text("published claims", style="bold"), Text(claims.plain(summary.claims, width))]
        parts.append(Text(""))
    parts.append(Text(str(run.plan)))
    parts.append(Text(captions.time(summary)))
    failures = rows.failures(summary)
    for what, why in failures:
        parts.append(Text(f"failed: {what}: {why.splitlines()[0] if why else fmt.NOTHING}"))
    if not summary.complete:
        parts.append(Text(f"incomplete: {captions.INCOMPLETE}"))
    return Group(*parts)


def plain(run: RunRecord, summary: Summary, width: int) -> str:
    """Give the same as text without colours, `width` columns wide within reason."""
    out = io.StringIO()
    size = min(max(width, _NARROWEST), _WIDEST)
    console = Console(file=out, width=size, color_system=None, highlight=False)
    console.print(terminal(run, summary, size))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def _grid(table: Table, width: int) -> RenderableType:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    between = " " if width >= _WIDE else "\n"
    shown = [i for i, name in enumerate(table.columns) if width >= _ROOMY or name not in _SPARED]
    for place in shown:
        figures = [_lines(row[place], between) for row in table.rows]
        words = table.words(place)
        # Room for each figure whole; words give way.
        least = max((len(line) for lines in figures for line in lines.split("\n")), default=0)
        grid.add_column(
            Text(table.columns[place].replace(" / ", " /\n").replace("/generator", "\n/generator")),
            justify="left" if words else "right",
            overflow="fold",
            min_width=None if words and place > 0 else least,
        )
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
