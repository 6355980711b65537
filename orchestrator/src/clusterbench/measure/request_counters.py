"""Counters per request: what was counted per second of CPU time, times CPU time per request. Pure.

Both are of the same server under the same load; only the second is of a measured trial. So neither
the time that counting takes, nor what others had of the CPUs meanwhile, is in the figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate_of
from clusterbench.model.counts import RequestCounters
from clusterbench.model.records import TurnRecord
from clusterbench.model.trial import Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clusterbench.measure.trials_by_cell import CellTrials
    from clusterbench.model.counts import CounterRecord, HardwareCount, SwitchCount
    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import TrialRecord


def request_counters(
    records: Iterable[TrialRecord | TurnRecord], trials: Mapping[Cell, CellTrials]
) -> Iterator[RequestCounters]:
    """Return each contender's counters per request, over the turns that counted."""
    turns: dict[str, list[TurnRecord]] = {}
    for record in records:
        if isinstance(record, TurnRecord) and record.counters is not None:
            turns.setdefault(record.contender, []).append(record)
    for contender, found in turns.items():
        counted = [(turn.round, turn.counters) for turn in found if turn.counters]
        last = counted[-1][1]
        cell = Cell(contender=contender, scenario=last.scenario, level=last.level)
        yield _of(cell, dict(counted), trials.get(cell))


def _of(
    cell: Cell, counted: Mapping[int, CounterRecord], trials: CellTrials | None
) -> RequestCounters:
    measured = trials.measured if trials else ()
    costs = {
        trial.record.round: cost
        for trial in measured
        if (cost := trial.cpu_per_request) is not None
    }
    both = [(cost, counted[round_]) for round_, cost in costs.items() if round_ in counted]
    switches = [(cost, each.switches) for cost, each in both if each.switches]
    hardware = [(cost, each.hardware) for cost, each in both if each.hardware]
    lacking = {what: why for each in counted.values() for what, why in each.lacking.items()}
    return RequestCounters(
        contender=cell.contender,
        scenario=cell.scenario,
        level=cell.level,
        instructions=estimate_of(_per_request(cost, of, of.instructions) for cost, of in hardware),
        ipc=estimate_of(of.instructions / of.cycles for _, of in hardware),
        voluntary=_rare(switches, [of.voluntary for _, of in switches]),
        involuntary=_rare(switches, [of.involuntary for _, of in switches]),
        counted_share=min((of.counted for _, of in hardware), default=1.0),
        user_only=any(of.user_only for _, of in hardware),
        lacking=lacking,
    )


def _rare(switches: Sequence[tuple[float, SwitchCount]], counts: Sequence[int]) -> Estimate | None:
    """Return an estimate of what may not happen at all in a window."""
    each = (_per_request(cost, of, n) for (cost, of), n in zip(switches, counts, strict=True))
    return estimate_of(each, positive=False)


def _per_request(cost: float, of: HardwareCount | SwitchCount, count: int) -> float | None:
    """Return a count per request; None where the server did not run."""
    return count / of.cpu * cost if of.cpu > 0 else None
