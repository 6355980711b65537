"""What a table is, in every medium: a figure and its interval in each cell. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from clusterbench.model import numbers as fmt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterbench.model.interval import Estimate

#: Columns after a table's names that hold words too, which stand to the left.
_WORDS = frozenset({
    "errors by status", "limit", "notes", "loaded by", "peak by", "value", "equal work",
    "axis", "goal", "checked", "limits", "rests on", "residuals by cores", "verdict",
})  # fmt: skip
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in a cell of a table: the figure, and its interval or ""."""

    text: str
    interval: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.interval}" if self.interval else self.text


#: What a table's columns say of a row, by their names.
Columns = Mapping[str, Callable[[_Row], Value | str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of values. The first `names` columns are names, the rest figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    names: int

    def words(self, place: int) -> bool:
        """Return whether a column holds words rather than figures."""
        return place < self.names or self.columns[place] in _WORDS


def table(title: str, columns: Columns[_Row], rows: Iterable[_Row], *, names: int) -> Table:
    """Make a table of what each column says of each row."""

    def value(made: Value | str) -> Value:
        return Value(made) if isinstance(made, str) else made

    return Table(
        title=title,
        columns=tuple(columns),
        rows=tuple(tuple(value(column(row)) for column in columns.values()) for row in rows),
        names=names,
    )


def estimate(found: Estimate | None, scale: float = 1.0, *, lower_bound: bool = False) -> Value:
    """Return an estimate times `scale`, with `>=` where it is a lower bound."""
    text = fmt.bounded(fmt.point(found, scale), lower_bound=lower_bound)
    return Value(text, fmt.interval(found, scale))


def share(found: Estimate | None) -> Value:
    """Return a share in percent."""
    if found is None:
        return Value(fmt.NOTHING)
    return Value(fmt.percent(found.value), fmt.percent_interval(found))


def ratio(found: Estimate | None, bound: str = "") -> Value:
    """Return a ratio with its bound."""
    return Value(fmt.ratio(found, bound), fmt.interval(found))


def sides(server: float | None, generator: float | None) -> str:
    """Return both sides' shares of their CPUs in percent: `98% / 41%`."""
    return f"{fmt.percent(server)} / {fmt.percent(generator)}"
