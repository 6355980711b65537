"""How much figures spread from round to round, and from run to run, where nothing changed. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    components", section 3.6), over all cells that several runs have.
    """
    found: defaultdict[tuple[str, str], defaultdict[tuple[str, int], list[Estimate]]]
    found = defaultdict(lambda: defaultdict(list))
    for cells in runs:
        for cell in cells:
            for metric, figure in _figures(cell):
                if min(figure.rounds) > 0:
                    found[cell.contender, metric][cell.scenario, cell.level].append(figure)
    return {key: _spread([*of.values()]) for key, of in found.items()}


def _figures(cell: CellSummary) -> Iterable[tuple[str, Estimate]]:
    if cell.rate is not None:
        yield from ((name, cell.latency[name]) for name in ("p50", "p99") if name in cell.latency)
    elif cell.throughput is not None and cell.limit is not None and not cell.lower_bound:
        yield "throughput", cell.throughput
        if cell.cpu_per_request is not None:
            yield "cpu", cell.cpu_per_request


def _spread(cells: Sequence[Sequence[Estimate]]) -> Spread:
    logs = [[np.log(each.rounds) for each in runs] for runs in cells]
    within = [rounds.var(ddof=1) for runs in logs for rounds in runs if len(rounds) > 1]
    beyond = [_beyond(runs) for runs in logs if len(runs) > 1]
    round_ = float(np.mean(within)) if within else None
    run = max(0.0, float(np.mean(beyond))) if beyond else None
    return Spread(
        round=None if round_ is None else math.sqrt(round_),
        run=None if run is None else math.sqrt(run),
        rounds=max((len(rounds) for runs in logs for rounds in runs), default=0),
        runs=max(map(len, logs), default=0),
    )


def _beyond(runs: Sequence[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> float:
    """Return the variance of a cell's runs beyond that of the means of their rounds."""
    means = np.array([rounds.mean() for rounds in runs])
    own = [rounds.var(ddof=1) / len(rounds) for rounds in runs if len(rounds) > 1]
    return float(means.var(ddof=1)) - (float(np.mean(own)) if own else 0.0)
