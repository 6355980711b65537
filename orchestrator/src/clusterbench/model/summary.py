"""All that summary.json holds, as data. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clusterbench.model.attribution import Attribution
from clusterbench.model.calibration import Visible
from clusterbench.model.capacity import CapacitySummary
from clusterbench.model.cell_summary import CellSummary, Comparison, ContenderSummary
from clusterbench.model.claim_result import ClaimResult
from clusterbench.model.counts import RequestCounters
from clusterbench.model.footprint import FootprintRatio
from clusterbench.model.generator_comparison import GeneratorComparison
from clusterbench.model.records import FORMAT
from clusterbench.model.recovery import Overloaded
from clusterbench.model.size_summary import SizeRow
from clusterbench.model.training_summary import TrainingSummary
from clusterbench.model.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpent:
    """Where a run's wall time went (s).

    `window` is what counts, `warm_up` all other load: before a turn's first trial, and outside
    each trial's window. `other` is the rest, by step in `steps`, as records name them.
    `share_other` is other / wall.
    """

    wall: Seconds
    window: Seconds
    warm_up: Seconds
    other: Seconds
    share_other: float
    steps: Mapping[str, Seconds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All that summary.json holds.

    `recoveries` has each trial of overload, `generators` what several load generators made of the
    same load, `sizes` each cell of a run over sizes, `footprints` how many times what the least
    needing contender takes the others do.
    `attribution` is where CPU time goes, None where nothing tells. `visible` is which differences a
    calibration of this host says that runs show, and `calibrated` when that was (UTC, ISO 8601);
    None where there is none. `counters` are instructions and context switches per
    request, of a run that asked for them.
    """

    run: str
    profile: str
    cells: tuple[CellSummary, ...]
    contenders: tuple[ContenderSummary, ...]
    comparisons: tuple[Comparison, ...]
    time: TimeSpent
    complete: bool
    claims: tuple[ClaimResult, ...] = ()
    training: TrainingSummary | None = None
    recoveries: tuple[Overloaded, ...] = ()
    footprints: tuple[FootprintRatio, ...] = ()
    generators: tuple[GeneratorComparison, ...] = ()
    capacities: tuple[CapacitySummary, ...] = ()
    sizes: tuple[SizeRow, ...] = ()
    attribution: Attribution | None = None
    calibrated: str | None = None
    visible: tuple[Visible, ...] = ()
    counters: tuple[RequestCounters, ...] = ()
    format: int = FORMAT
