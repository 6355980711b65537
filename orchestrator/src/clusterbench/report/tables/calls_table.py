"""What single calls cost: a table for each group. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.measure.call_costs import Cost, GoalBasis
from clusterbench.model import numbers as fmt
from clusterbench.model.units import Seconds
from clusterbench.report.tables.table import Table, Value, estimate, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.model.interval import Estimate


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    in_a_second: float


_NS, _MS = _Unit("ns", 1e9), _Unit("ms", 1e3)
#: From so much on a call's time is read in ms (s).
_LONG = Seconds(1e-3)


def tables(found: Sequence[Cost]) -> Sequence[Table]:
    """Return a table for each group."""
    groups = dict.fromkeys(cost.group for cost in found)
    return [_group(group, [cost for cost in found if cost.group == group]) for group in groups]


def _group(group: str, costs: Sequence[Cost]) -> Table:
    unit = _MS if min(cost.seconds.value for cost in costs) >= _LONG else _NS
    columns: dict[str, Callable[[Cost], Value | str]] = {
        "call": lambda cost: f"{cost.call} (reference)" if cost.reference else cost.call,
        f"{unit.name} a call": lambda cost: _value(cost.seconds, unit.in_a_second),
        "ratio": lambda cost: _value(cost.ratio),
        f"{unit.name} more": lambda cost: _value(cost.difference, unit.in_a_second),
    }
    if any(cost.goal for cost in costs):
        columns["goal"] = lambda cost: goal(cost, unit)
    return table(group, columns, costs, names=1)


def _value(found: Estimate | None, scale: float = 1.0) -> Value:
    return Value("") if found is None else estimate(found, scale)


def goal(cost: Cost, unit: _Unit = _NS) -> str:
    """Return what became of a goal: `at most 400 ns more: reached, 300 ns below`."""
    if cost.goal is None or cost.goal_state is None:
        return ""
    bound, measured = cost.goal.at_most, cost.measured()
    if cost.goal.measure is GoalBasis.RATIO:
        said = f"at most {bound:g}{fmt.TIMES}: {cost.goal_state}"
        beyond = measured.value / bound - 1 if measured else 0.0
        by = fmt.percent(abs(beyond))
    else:
        said = f"at most {bound * unit.in_a_second:g} {unit.name} more: {cost.goal_state}"
        beyond = measured.value - bound if measured else 0.0
        by = f"{fmt.number(abs(beyond) * unit.in_a_second)} {unit.name}"
    if measured is None:
        return said
    return f"{said}, {by} {'above' if beyond > 0 else 'below'}"
