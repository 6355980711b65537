"""The claims table: a row for each published claim, its verdict and the reason. Pure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from clusterbench.model.experiment import CURRENT, EDITION_2019, edition_of
from clusterbench.report import numbers as fmt
from clusterbench.report.tables.cells import Table, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.claim_result import ClaimFigure, ClaimResult

EDITIONS = (CURRENT, EDITION_2019)
NOTE = (
    "As published: measured here as it was run then. Properly: in the lab's own way, with its 95% "
    "interval, by edition of the servers' dependencies. docs/claims.md has the rules."
)
_NARROWEST, _WIDEST = 80, 170


def table(results: Sequence[ClaimResult]) -> Table:
    """Return every claim as a row; the reason is the last column."""
    rows = tuple(
        (
            Value(result.id),
            Value(result.claim),
            Value(result.published),
            _of_edition(result.as_published),
            *(_figure(result.reference.get(edition)) for edition in EDITIONS),
            Value(result.verdict.value),
            Value(result.reason),
        )
        for result in results
    )
    columns = (
        "claim",
        "what it says",
        "published",
        "measured as published",
        "properly (current)",
        "properly (2019)",
        "verdict",
        "reason",
    )
    return Table(title="Published claims", columns=columns, rows=rows, names=len(columns))


def plain(results: Sequence[ClaimResult], width: int) -> str:
    """Write the table for a terminal: a line of figures for each claim, its reason below."""
    out = io.StringIO()
    size = min(max(width, _NARROWEST), _WIDEST)
    console = Console(file=out, width=size, color_system=None, highlight=False)
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("claim", "published", "as published", "reference", "reference, 2019", "verdict"):
        grid.add_column(name, overflow="fold")
    for row in table(results).rows:
        id_, _, published, then, current, edition, verdict, _ = map(str, row)
        grid.add_row(*map(Text, (id_, published.split(":")[0], then, current, edition, verdict)))
    console.print(grid)
    for result in results:
        console.print(Text(f"\n{result.id}: {result.claim}: {result.verdict.value}"))
        console.print(Text(f"  {result.reason}"), soft_wrap=False)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def tally(results: Sequence[ClaimResult]) -> str:
    """Count the verdicts: `3 hold, 9 artefact of the method`."""
    verdicts = [result.verdict.value for result in results]
    return ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts))


def _of_edition(figure: ClaimFigure | None) -> Value:
    """Write a figure as published, saying so where it is of the servers of 2019."""
    found = _figure(figure)
    if figure is None or edition_of(figure.contenders[0]) == CURRENT:
        return found
    return Value(found.text, " ".join([*filter(None, [found.interval]), f"({EDITION_2019})"]))


def _figure(figure: ClaimFigure | None) -> Value:
    """Write a ratio with its bound and interval, or shares of errors against each other."""
    if figure is None:
        return Value(fmt.NOTHING)
    if figure.ratio is None:
        return Value(" against ".join(fmt.percent(share) for share in figure.shares.values()))
    text = f"{fmt.point(figure.ratio)}{fmt.TIMES}"
    bound = f"{figure.bound} " if figure.bound in {">=", "<="} else ""
    if figure.bound == "unknown":
        text = f"unknown (measured {text})"
    return Value(bound + text, fmt.interval(figure.ratio))
