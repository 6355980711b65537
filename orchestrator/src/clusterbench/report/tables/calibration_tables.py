"""The tables of a calibration: a host's noise by level, and what is seen in spite of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.metrics import METRICS
from clusterbench.model import numbers as fmt
from clusterbench.report.tables.table import table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clusterbench.model.calibration import Calibration, Noise, Visible
    from clusterbench.report.tables.table import Columns, Table

_TITLES: Mapping[str, str] = {each.name: each.title for each in METRICS}


def noise(shown: Calibration) -> Table:
    """Return how much each metric spreads by itself, level by level."""
    columns: Columns[Noise] = {
        "contender": lambda each: each.contender,
        "metric": lambda each: _TITLES[each.metric],
        "slice": lambda each: share(each.slice),
        "instance": lambda each: share(each.instance),
        "round": lambda each: share(each.round),
        "run": lambda each: share(each.run),
        "of": _of,
    }
    return table("Noise (standard deviations)", columns, shown.noise, names=2)


def visible(shown: Calibration) -> Table:
    """Return the smallest difference that is found in 80 of 100 cases, by what it takes."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for each in shown.visible:
        found.setdefault((each.contender, each.metric), {})[_takes(each)] = each.difference
    takes = [*dict.fromkeys(map(_takes, shown.visible))]
    columns: Columns[tuple[str, str]] = {
        "contender": lambda key: key[0],
        "metric": lambda key: _TITLES[key[1]],
        **{each: _column(found, each) for each in takes},
    }
    return table("Smallest difference that is seen in 80 of 100 cases", columns, found, names=2)


def share(value: float | None) -> str:
    """Write a share in percent with one decimal, `2.1%`; more than all of it is no finding."""
    if value is None:
        return fmt.NOTHING
    return f"{100 * value:.1f}%" if value <= 1 else "> 100%"


def _column(
    found: Mapping[tuple[str, str], Mapping[str, float]], takes: str
) -> Callable[[tuple[str, str]], str]:
    return lambda key: share(found[key].get(takes))


def _takes(each: Visible) -> str:
    if each.rounds is not None:
        return f"{each.rounds} rounds"
    return f"compare, {each.minutes:g} min"


def _of(each: Noise) -> str:
    runs = f"{fmt.plural(each.runs, 'run')} of {fmt.plural(each.rounds, 'round')}"
    said = [fmt.plural(each.blocks, "block") if each.blocks else "", runs if each.runs else ""]
    return ", ".join(filter(None, said))
