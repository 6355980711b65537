"""A run's end on a terminal: one compact table a section, and the ratios. Pure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from clusterbench.model.claim_result import Verdict
from clusterbench.report import captions
from clusterbench.report import numbers as fmt
from clusterbench.report.figures import training_figures as training
from clusterbench.report.sections import describe, sections
from clusterbench.report.tables import cells as rows
from clusterbench.report.tables import claims_table as claims
from clusterbench.report.tables.training_tables import footnotes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import JustifyMethod

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.cells import Table, Value

_NARROWEST, _WIDE, _WIDEST = 80, 140, 150
#: What a narrow terminal does without.
_SPARED = frozenset({"p50 (ms)", "CPU server/generator", "notes", "inertia"})
_ROOMY = 100
_SPARED_FIRST = frozenset({"inertia"})
#: What stands between two columns: padding and a blank divider.
_BETWEEN = "   "
_SHORTEST = 4


def terminal(run: RunRecord, summary: Summary, width: int = _WIDE) -> RenderableType:
    """Return the run's figures for rich to print; narrower than `_WIDE`, intervals go below."""
    parts: list[RenderableType] = []
    for section in sections(run.experiment, summary):
        scenario = section.scenario
        title = f"{scenario.name}: {describe(scenario)}; {captions.rounds(run, scenario)}"
        parts += [Text(title, style="bold"), _grid(rows.brief(section), width)]
        for ratios in rows.all_ratios(section, summary):
            parts += [Text(ratios.title), _grid(ratios, width)]
    spread = rows.spread(summary)
    if spread.rows:
        parts += [Text(spread.title), _grid(spread, width)]
    if summary.training is not None:
        parts.append(Text(f"training: {training.lead(run)}", style="bold"))
        for table in training.tables(summary.training):
            parts += [Text(table.title), _grid(table, width)]
        parts += [Text(line) for line in footnotes(summary.training)]
    judged = [each for each in summary.claims if each.verdict is not Verdict.NOT_MEASURED]
    if judged:
        parts += [Text("published claims", style="bold"), Text(claims.plain(judged, width))]
        others = len(summary.claims) - len(judged)
        parts.append(
            Text(
                f"\n{others} more claim{'s'[: others != 1]}: not measured here\n" if others else ""
            )
        )
    parts.append(Text(str(run.plan)))
    if run.experiment.scenarios:
        parts.append(Text(captions.time(summary)))
    parts += [Text(f"left out: {line}") for line in captions.left_out(run)]
    failures = rows.failures(summary)
    for what, why in failures:
        parts.append(Text(f"failed: {what}: {why.splitlines()[0] if why else fmt.NOTHING}"))
    if not summary.complete:
        parts.append(Text(f"incomplete: {captions.INCOMPLETE}"))
    return Group(*parts)


def plain(run: RunRecord, summary: Summary, width: int) -> str:
    """Return the same as text without colours, `width` columns wide within reason."""
    out = io.StringIO()
    size = min(max(width, _NARROWEST), _WIDEST)
    console = Console(file=out, width=size, color_system=None, highlight=False)
    console.print(terminal(run, summary, size))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def _grid(table: Table, width: int) -> RenderableType:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    between = " " if width >= _WIDE else "\n"
    spared = _SPARED if width < _ROOMY else _SPARED_FIRST if width < _WIDE else frozenset()
    shown = [i for i, name in enumerate(table.columns) if name not in spared]
    heads = [
        table.columns[i].replace(" / ", " /\n").replace("/generator", "\n/generator") for i in shown
    ]
    cells = [[_lines(row[i], between) for row in table.rows] for i in shown]
    gives_way = [table.words(i) and i > 0 for i in shown]
    widths = _widths(heads, cells, gives_way, width)
    for place, head, size in zip(shown, heads, widths, strict=True):
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


def _widths(
    heads: Sequence[str], cells: Sequence[Sequence[str]], gives_way: Sequence[bool], width: int
) -> list[int]:
    """Share a width out to columns: each figure whole, words and headings fold where they must.

    (rich's own sharing may make a table wider than it is shown, and cut off its end.)
    """
    figures = [
        0 if folds else _longest(line for cell in column for line in cell.split("\n"))
        for column, folds in zip(cells, gives_way, strict=True)
    ]
    least = [
        max(figure, _longest(word for text in (head, *column) for word in text.split()))
        if folds
        else max(figure, _longest(head.split()))
        for figure, head, column, folds in zip(figures, heads, cells, gives_way, strict=True)
    ]
    natural = [
        _longest(line for cell in (head, *column) for line in cell.split("\n"))
        for head, column in zip(heads, cells, strict=True)
    ]
    room = width - len(_BETWEEN) * (len(heads) - 1)
    # Rather a broken word than a cut figure.
    shortest = [max(figure, _SHORTEST) for figure in figures]
    while sum(least) > room and least != shortest:
        place = max(range(len(least)), key=lambda i: least[i] - shortest[i])
        least[place] -= 1
    # And where there is no room for all figures, those on the right fold within their intervals.
    for place in reversed(range(len(least))):
        words = _longest(word for text in cells[place] for word in text.split())
        least[place] -= min(max(sum(least) - room, 0), max(least[place] - words, 0))
    spare = room - sum(least)
    wanted = sum(natural) - sum(least)
    if wanted <= spare or wanted == 0:
        return natural
    share = max(spare, 0) / wanted
    return [low + int((high - low) * share) for low, high in zip(least, natural, strict=True)]


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def _lines(value: Value, between: str) -> str:
    return f"{value.text}{between}{value.interval}" if value.interval else value.text


def table(shown: Table, width: int) -> str:
    """Return one table with its title as text without colours."""
    out = io.StringIO()
    size = min(max(width, _NARROWEST), _WIDEST)
    console = Console(file=out, width=size, color_system=None, highlight=False)
    console.print(Group(Text(shown.title, style="bold"), _grid(shown, size)))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())
