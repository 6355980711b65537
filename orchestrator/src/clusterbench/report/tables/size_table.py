"""What observations cost by the size of model and request, as a table. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from clusterbench.measure.size_effects import python_share
from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.tables.table import Value, estimate, ratio, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.size_summary import SizeRow
    from clusterbench.model.sizes import ModelSize, Sizes
    from clusterbench.report.tables.table import Columns, Table

#: The id of the chapter on sizes, and of its chart.
SIZES = "sizes"
TITLE = "Observations per second per core, by size of model and request"


class _Line(NamedTuple):
    """A row of the table: a model, rows per request, and each contender's figures."""

    size: ModelSize
    rows: int
    of: Mapping[str, SizeRow]


def by_size(sizes: Sizes, found: Sequence[SizeRow]) -> Table:
    """Return what each contender does per core, and how the others stand to `native`."""
    names = list(dict.fromkeys(row.contender for row in found))
    lines = [
        _Line(size, rows, {r.contender: r for r in found if (r.size, r.rows) == (size, rows)})
        for size, rows in dict.fromkeys((row.size, row.rows) for row in found)
    ]
    columns: Columns[_Line] = {
        "features": lambda line: f"{line.size.features:,}",
        "clusters": lambda line: f"{line.size.clusters:,}",
        "rows per request": lambda line: f"{line.rows:,}",
        **{name: partial(_per_core, name) for name in names},
        f"CPU time of {sizes.rival} over {sizes.native}": partial(_over_native, sizes.rival),
        f"Python's share of {sizes.python}": partial(_python, sizes),
    }
    return table(TITLE, columns, lines, names=3)


def notes(sizes: Sizes) -> tuple[str, ...]:
    """Return what the figures are."""
    return (
        ("Observations per second per core: rows per request over the server's CPU time per "
        "request, whichever side was the limit. Requests of one row are those of Predict, others "
        "of PredictBatch."),
        (f"{sizes.python} and {sizes.native} call the same library: what {sizes.python} uses "
        f"beyond {sizes.native} is Python's share. {sizes.rival} overtakes {sizes.native} where "
        f"its CPU time per observation is lower, with the whole {captions.INTERVAL} where there "
        "is one, and stays so with more rows."),
    )  # fmt: skip


def _per_core(name: str, line: _Line) -> Value:
    row = line.of.get(name)
    return estimate(row.per_core if row else None)


def _over_native(name: str, line: _Line) -> Value:
    row = line.of.get(name)
    return ratio(row.over_native if row else None)


def _python(sizes: Sizes, line: _Line) -> str:
    row = line.of.get(sizes.python)
    return fmt.percent(python_share(sizes, row) if row else None)
