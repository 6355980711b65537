"""What goes on within the trials of made-up runs: steady, but for what a test asks for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterbench.measure.courses import course, part_edges
from clusterbench.measure.pauses import pause
from clusterbench.measure.percentile_curves import percentile_curve
from clusterbench.measure.windows import measured
from clusterbench.model.samples import Samples
from clusterbench.model.within_trial import CellWithin, RoundWithin
from clusterbench.report.shown_levels import shown_levels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Timing
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.model.trial import Cell

#: No trial has more requests: what is drawn does not depend on it, and the tests do not wait.
_MOST = 40_000


def requests(cell: CellSummary, timing: Timing, number: int, stop: float = 0.0) -> Samples:
    """A trial's requests, with the cell's throughput and mean latency, in no order of a server's.

    No request ends for `stop` seconds from a third of the window on.
    """
    draw = np.random.default_rng(
        [*f"{cell.contender} {cell.scenario} {cell.level} {number}".encode()]
    )
    rate = cell.throughput.value if cell.throughput else 0.0
    size = min(_MOST, round(rate * timing.load))
    start = np.sort(draw.uniform(0.0, timing.load, size))
    mean = cell.level / rate if rate else 0.0
    latency = mean * draw.lognormal(-0.125, 0.5, size)
    at = timing.dropped + timing.window / 3
    ends = start + latency
    held = (ends >= at) & (ends < at + stop)
    latency = np.where(held, at + stop - start, latency)
    return Samples(
        origin=0.0,
        start=start,
        latency=latency,
        status=np.zeros(size, dtype=np.int8),
        counts={"OK": size},
        duration=float(timing.load),
    )


def within_run(
    run: RunRecord,
    summary: Summary,
    stops: Mapping[str, float] | None = None,
    **found: Any,
) -> dict[Cell, CellWithin]:
    """What goes on within each cell that is shown in detail.

    `stops` are pauses (s) by contender, in the last round; `found` is what the run found of the
    first round of each.
    """
    made = {}
    for level in shown_levels(run, summary):
        for cell in level.cells:
            made[cell.cell] = cell_within(
                run, cell, (stops or {}).get(cell.contender, 0.0), **found
            )
    return made


def cell_within(run: RunRecord, cell: CellSummary, stop: float = 0.0, **found: Any) -> CellWithin:
    """What goes on within one cell of a run."""
    timing = run.experiment.timing
    last = cell.trials
    trials = [
        requests(cell, timing, number, stop if number == last else 0.0)
        for number in range(1, last + 1)
    ]
    edges = part_edges(timing.window, min(each.start.size for each in trials))
    rounds = [
        RoundWithin(
            round=number, course=course(each, timing, edges), stop=pause(each, timing),
            limit=cell.limit,
        )
        for number, each in enumerate(trials, start=1)
    ]  # fmt: skip
    rounds[0] = dataclasses.replace(rounds[0], **found)
    curve = percentile_curve([each.latency[measured(each, timing)] for each in trials])
    return CellWithin(cell=cell.cell, edges=edges, curve=curve, rounds=tuple(rounds))
