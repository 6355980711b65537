"""Reads what went on within the trials of some cells, from their samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import timing_of
from clusterbench.measure.courses import course, part_edges
from clusterbench.measure.interference import of_trial
from clusterbench.measure.limits import limit_of_trial
from clusterbench.measure.pauses import pause
from clusterbench.measure.percentile_curves import percentile_curve
from clusterbench.measure.windows import measured
from clusterbench.model.trial import Cell
from clusterbench.model.within_trial import CellWithin, RoundWithin

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from clusterbench.model.records import TrialRecord
    from clusterbench.store.analysis import AnalysedRun


def read_within(found: AnalysedRun, wanted: Collection[Cell]) -> Mapping[Cell, CellWithin]:
    """Return what went on within the trials of cells, without those that have none which counts.

    Raises StoreError where a trial's samples cannot be read.
    """
    trials: dict[Cell, list[TrialRecord]] = {}
    for record in sorted(found.trials, key=lambda each: each.round):
        cell = Cell(contender=record.contender, scenario=record.scenario, level=record.level)
        if cell in wanted and record.id in found.counted:
            trials.setdefault(cell, []).append(record)
    return {cell: _cell(found, cell, records) for cell, records in trials.items()}


def _cell(found: AnalysedRun, cell: Cell, records: list[TrialRecord]) -> CellWithin:
    """Return a cell of at least one trial. Its samples are read one trial after the other."""
    timing = timing_of(found.run.experiment, cell.scenario)
    fewest = min(found.figures[record.id].responses for record in records)
    edges = part_edges(timing.window, fewest)
    latencies: list[NDArray[np.float64]] = []
    rounds: list[RoundWithin] = []
    for record in records:
        samples = found.folder.samples(record.id)
        if samples.drained:
            latencies.append(samples.latency[measured(samples, timing)])
        others = of_trial(record)
        disturbed = found.run.experiment.interference.disturbs(others)
        rounds.append(
            RoundWithin(
                round=record.round,
                course=course(samples, timing, edges),
                drift=found.figures[record.id].drift or None,
                stop=pause(samples, timing),
                disturbed=others if disturbed else None,
                limit=limit_of_trial(record.server, record.generator) if record.generator else None,
            )
        )
    return CellWithin(
        cell=cell, edges=edges, curve=percentile_curve(latencies), rounds=tuple(rounds)
    )
