"""The table below an answer on a terminal: a row for each service, its ratio to the best. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.experiment import Method
from clusterbench.report.tables.table import Value, estimate, ratio, table

if TYPE_CHECKING:
    from clusterbench.report.served import Answered, Served
    from clusterbench.report.tables.table import Columns, Table


def answers(found: Answered) -> Table:
    """Return what a core of each serves, the best's ratio to it, and what each costs."""
    best, asked = found.contenders[0], found.question
    unit = "batches/s" if found.method == Method.PREDICT_BATCH else "requests/s"
    columns: Columns[Served] = {
        "contender": lambda each: each.contender,
        f"{unit} per core": _per_core,
        f"{best.contender} over it": lambda each: _ratio(found, each),
        "CPU per request (µs)": _cpu,
        "memory (MiB)": lambda each: Value(
            fmt.point(each.memory or each.peak_memory, 1 / fmt.MEBI)
        ),
    }
    if asked is not None:
        columns = {**columns, f"cores for {fmt.number(asked.rate, 0)}/s": _cores}
    title = f"Within {found.objective}" if found.objective else "Saturated"
    return table(title, columns, (*found.contenders, *found.older), names=1)


def _per_core(each: Served) -> Value:
    if each.per_core is None:
        return Value("none" if each.none_met else fmt.NOTHING)
    return estimate(each.per_core, lower_bound=each.lower_bound)


def _ratio(found: Answered, each: Served) -> Value:
    if each is found.contenders[0]:
        return Value("")
    made = found.ratio(each)
    return Value("unknown") if made.bound == "unknown" else ratio(made.estimate, made.bound)


def _cpu(each: Served) -> Value:
    return Value(fmt.point(each.cell.cpu_per_request if each.cell else None, 1e6))


def _cores(each: Served) -> Value:
    """Return the whole cores, and the interval where its ends are others."""
    if each.cores is None:
        return Value(fmt.NOTHING)
    text = " ".join(filter(None, (each.cores_bound, fmt.number(each.cores.value, 0))))
    low, high = each.cores.low, each.cores.high
    if low is None or high is None or low == high:
        return Value(text)
    most = fmt.number(high, 0) if math.isfinite(high) else "unknown"
    return Value(text, f"[{fmt.number(low, 0)}, {most}]")


def _memory(each: Served) -> Value:
    return Value(fmt.point(each.memory or each.peak_memory, 1 / fmt.MEBI))
