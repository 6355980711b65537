"""The load generators of a run as tables: what they checked, and how far they agree. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.check import Check
from clusterbench.report.sections import shape
from clusterbench.report.tables.table import Value, ratio, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.generator_comparison import GeneratorComparison
    from clusterbench.model.interval import Estimate
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Columns, Table

_CHECKED: Mapping[Check, str] = {
    Check.MESSAGE: "each one compared with the right response",
    Check.STATUS: "each one's gRPC status",
    Check.SIZE: "the bytes of all, which are those of right responses",
    Check.HTTP_STATUS: "each one's HTTP status alone, since right responses differ in size",
}
COMPARED_NOTE = (
    "Ratios are of the same server at the same load, paired by round: 1 is full agreement. Where a "
    "load generator is the limit (client-bound), its throughput says nothing of the server. In an "
    "open loop both send what the schedule asks for. Latency includes the generator's own time."
)


def checks(experiment: Experiment, summary: Summary) -> Table:
    """Return how many OK responses each load generator had, over whole loads, and their check."""
    found: Counter[tuple[str, Check]] = Counter()
    for cell in summary.cells:
        generator = experiment.scenarios[cell.scenario].generator
        for check, number in cell.checks.items():
            found[generator, check] += number
    columns: Columns[tuple[tuple[str, Check], int]] = {
        "load generator": lambda row: row[0][0],
        "OK responses": lambda row: f"{row[1]:,}",
        "checked": lambda row: _CHECKED[row[0][1]],
    }
    return table("Checked responses", columns, found.items(), names=1)


def compared(experiment: Experiment, summary: Summary) -> Table:
    """Return how far load generators agree on the servers that several of them loaded alike."""

    def names(each: GeneratorComparison) -> str:
        pair = (experiment.scenarios[name].generator for name in (each.numerator, each.denominator))
        return " / ".join(pair)

    columns: Columns[GeneratorComparison] = {
        "contender": lambda each: each.contender,
        "load": lambda each: shape(experiment.scenarios[each.numerator], each.level),
        "load generators": names,
        "responses/s": lambda each: _of(each.throughput),
        "server CPU/request": lambda each: _of(each.cpu_per_request),
        "p50": lambda each: _of(each.p50),
        "p99": lambda each: _of(each.p99),
        "limits": lambda each: " / ".join(limit or fmt.NOTHING for limit in each.limits),
    }
    return table("Load generators compared", columns, summary.generators, names=3)


def cells(summary: Summary) -> Iterator[CellSummary]:
    """Return the cells that are compared."""
    of = {
        (each.contender, name)
        for each in summary.generators
        for name in (each.numerator, each.denominator)
    }
    yield from (cell for cell in summary.cells if (cell.contender, cell.scenario) in of)


def _of(found: Estimate | None) -> Value:
    return ratio(found) if found else Value(fmt.NOTHING)
