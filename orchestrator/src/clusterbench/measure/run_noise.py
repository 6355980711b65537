"""How much figures spread from round to round, and from run to run, where nothing changed. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.interval import Estimate

#: The metrics of `measure.metrics` that runs have figures of.
METRICS = ("cpu", "p50", "p99", "throughput")


class Spread(NamedTuple):
    """Standard deviations of logarithms: from round to round, and of runs beyond their rounds.

    None where there is no more than one. They are of so many rounds and runs.
    """

    round: float | None
    run: float | None
    rounds: int
    runs: int


def run_noise(runs: Sequence[Iterable[CellSummary]]) -> Mapping[tuple[str, str], Spread]:
    """Return how much each contender's metrics spread, by contender and metric.

    `runs` are the cells of runs of one host that measured the same software. A cell's figure
    counts for CPU time and throughput where it saturated the server, for latencies where it is of
    an open loop. Runs' variance beyond that of their rounds is what is left of the variance of
    their means (one-way random effects, by moments: Searle, Casella & McCulloch 1992, "Variance
    components", section 3.6), over all cells that several runs have. It is that of the host, so it
    is of all contenders together: a few runs tell little of each.
    """
    found: defaultdict[tuple[str, str], defaultdict[tuple[str, int], list[Estimate]]]
    found = defaultdict(lambda: defaultdict(list))
    for cells in runs:
        for cell in cells:
            for metric, figure in _figures(cell):
                if min(figure.rounds) > 0:
                    found[cell.contender, metric][cell.scenario, cell.level].append(figure)
    between: defaultdict[str, list[float]] = defaultdict(list)
    for (_, metric), of in found.items():
        between[metric] += [_beyond(_logs(each)) for each in of.values() if len(each) > 1]
    return {key: _spread([*of.values()], between[key[1]]) for key, of in found.items()}


def _figures(cell: CellSummary) -> Iterable[tuple[str, Estimate]]:
    if cell.rate is not None:
        yield from ((name, cell.latency[name]) for name in ("p50", "p99") if name in cell.latency)
    elif cell.throughput is not None and cell.limit is not None and not cell.lower_bound:
        yield "throughput", cell.throughput
        if cell.cpu_per_request is not None:
            yield "cpu", cell.cpu_per_request


def _spread(cells: Sequence[Sequence[Estimate]], between: Sequence[float]) -> Spread:
    logs = [_logs(runs) for runs in cells]
    within = [rounds.var(ddof=1) for runs in logs for rounds in runs if len(rounds) > 1]
    runs = max(map(len, logs), default=0)
    return Spread(
        round=math.sqrt(float(np.mean(within))) if within else None,
        run=math.sqrt(max(0.0, float(np.mean(between)))) if between and runs > 1 else None,
        rounds=max((len(rounds) for each in logs for rounds in each), default=0),
        runs=runs,
    )


def _logs(runs: Sequence[Estimate]) -> list[NDArray[np.float64]]:
    return [np.log(each.rounds) for each in runs]


def _beyond(runs: Sequence[NDArray[np.float64]]) -> float:
    """Return the variance of a cell's runs beyond that of the means of their rounds."""
    means = np.array([rounds.mean() for rounds in runs])
    own = [rounds.var(ddof=1) / len(rounds) for rounds in runs if len(rounds) > 1]
    return float(means.var(ddof=1)) - (float(np.mean(own)) if own else 0.0)
