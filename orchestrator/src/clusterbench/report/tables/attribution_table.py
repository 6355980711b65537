"""Where CPU time per request goes, as a table: a contender in each row. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.attribution import Spent
from clusterbench.report.attribution_words import MICRO
from clusterbench.report.tables.table import Table, Value, estimate, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterbench.model.attribution import Attribution, ContenderCosts
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Columns

TITLE = "CPU time per request (µs)"


def attribution(found: Attribution) -> Table:
    """Return both ways beside each other."""
    columns: Columns[ContenderCosts] = {
        "contender": lambda each: each.contender,
        "all": lambda each: estimate(each.cpu, MICRO),
        **{str(spent): _by_profile(spent) for spent in Spent},
        "samples": lambda each: (
            fmt.listing([f"{count:,} {name}" for name, count in each.samples.items()])
            or fmt.NOTHING
        ),
        "no-op handler": lambda each: estimate(each.noop_cpu, MICRO),
        "model by no-op": lambda each: estimate(each.model_call, MICRO),
    }
    return table(TITLE, columns, found.contenders, names=1)


def cells(found: Attribution, summary: Summary) -> Iterator[CellSummary]:
    """Return the cells that the costs are of, and those of no-op handlers."""
    of = {(each.contender, each.scenario, each.level) for each in found.contenders}
    noops = {each.noop for each in found.contenders}
    for cell in summary.cells:
        if (cell.contender, cell.scenario, cell.level) in of or cell.contender in noops:
            yield cell


def _by_profile(spent: Spent) -> Callable[[ContenderCosts], Value]:
    return lambda each: estimate(each.profile.get(spent), MICRO)
