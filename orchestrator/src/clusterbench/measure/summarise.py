"""Everything summary.json holds, from what a run recorded. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from clusterbench.measure.capacities import capacities
from clusterbench.measure.comparison import compare
from clusterbench.measure.drift import extent
from clusterbench.measure.estimates import estimate, estimate_of, scaled
from clusterbench.measure.footprints import compare_footprints, footprint
from clusterbench.measure.generator_ratios import compare_generators
from clusterbench.measure.limits import limit_of_trial, of_cell
from clusterbench.measure.pairs import pairs
from clusterbench.measure.request_counters import request_counters
from clusterbench.measure.settling import unsettled
from clusterbench.measure.size_effects import size_rows
from clusterbench.measure.startups import on_python
from clusterbench.measure.times import time_spent
from clusterbench.measure.trials_by_cell import complete, failed_turns, trials_by_cell
from clusterbench.measure.workers import shares, unevenness
from clusterbench.model.cell_summary import CellSummary, Comparison, ContenderSummary, Pairing
from clusterbench.model.check import Check
from clusterbench.model.records import Outcome, TurnRecord
from clusterbench.model.samples import OK, STATUS_NAMES
from clusterbench.model.summary import Summary
from clusterbench.model.trial import Cell, Limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clusterbench.measure.trials_by_cell import CellTrials, MeasuredTrial
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.contender import Contender
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.interval import Estimate
    from clusterbench.model.objective import Objective
    from clusterbench.model.records import RunRecord, TrialRecord
    from clusterbench.model.units import Seconds


#: What a turn's `unknown` calls the pressure stall information of its sides.
_PRESSURE = "cpu_pressure"


def summarise(
    run: RunRecord,
    records: Sequence[TrialRecord | TurnRecord],
    figures: Mapping[str, Figures],
    objectives: Mapping[Cell, Objective] = MappingProxyType({}),
) -> Summary:
    """Summarise a run.

    `records` are the latest of each trial and turn, `figures` those of each successful trial by
    its id, `objectives` those within which cells search for a capacity. Each cell of the experiment
    is there, also those of which nothing was measured. The summary is `complete` when every planned
    trial was measured or failed, or its whole turn did.
    """
    experiment = run.experiment
    trials = trials_by_cell(experiment, records, figures)
    turns = [record for record in records if isinstance(record, TurnRecord)]
    cells = {
        cell: replace(
            _cell(cell, experiment, found),
            unsettled=unsettled(found.measured, turns)
            if experiment.scenarios[cell.scenario].reference
            else 0,
        )
        for cell, found in trials.items()
    }
    return Summary(
        run=run.id,
        profile=experiment.profile,
        cells=tuple(cells.values()),
        contenders=tuple(
            _contender(contender, turns) for contender in experiment.contenders.values()
        ),
        comparisons=tuple(_comparisons(experiment, cells, trials)),
        footprints=tuple(
            compare_footprints({name: _went_well(turns, name) for name in experiment.contenders})
        ),
        generators=tuple(compare_generators(experiment, cells, trials)),
        time=time_spent(records),
        capacities=capacities(run, trials, on_python(turns), objectives),
        complete=complete(experiment, records),
        sizes=tuple(size_rows(experiment, trials)),
        counters=tuple(request_counters(records, trials)),
    )


def _cell(cell: Cell, experiment: Experiment, trials: CellTrials) -> CellSummary:
    measured, scenario = trials.measured, experiment.scenarios[cell.scenario]
    sides = [(t.record.server, t.record.generator) for t in measured]
    checks = _checks(measured)
    drifts = [trial.figures.drift for trial in measured if trial.figures.drift]
    pauses = [trial.figures.pause for trial in measured if trial.figures.pause]
    limit = of_cell([limit_of_trial(server, generator) for server, generator in sides if generator])
    return CellSummary(
        contender=cell.contender,
        scenario=cell.scenario,
        level=cell.level,
        connections=scenario.connections_at(cell.level),
        trials=len(measured),
        throughput=estimate_of(trial.figures.throughput for trial in measured),
        latency=_times([trial.figures.latency for trial in measured]),
        error_rate=estimate_of((t.figures.error_rate for t in measured), positive=False),
        errors=dict(sum((Counter(t.figures.errors) for t in measured), Counter())),
        server_share=estimate_of(server.share for server, _ in sides if server),
        generator_share=estimate_of(generator.share for _, generator in sides if generator),
        cpu_per_request=estimate_of(trial.cpu_per_request for trial in measured),
        limit=limit,
        lower_bound=limit is not None and limit.lower_bound,
        held_back=min(
            (t.record.held_back for t in measured if t.record.held_back is not None), default=None
        ),
        truncated=any(trial.figures.truncated for trial in measured),
        failures=trials.failures,
        responses=sum(trial.figures.responses for trial in measured),
        most_errors=max((trial.figures.failed for trial in measured), default=0),
        responses_checked=checks.get(Check.MESSAGE),
        checks=checks,
        send_delay=_times([trial.figures.send_delay for trial in measured]),
        held_back_for=_times([trial.figures.held_back_for for trial in measured]),
        delayed=any(trial.figures.delayed for trial in measured),
        run_delay=max(
            (
                t.record.run_delay
                for t in measured
                if t.figures.delayed and t.record.run_delay is not None
            ),
            default=None,
        ),
        doubts=tuple(dict.fromkeys(why for t in measured for why in t.record.doubts)),
        rate=estimate_of(t.record.rate for t in measured),
        **trials.interference(experiment.interference),
        pressure=max((s.pressure for two in sides for s in two if s and s.pressure), default=None),
        drifting=len(drifts),
        drift=max(drifts, key=extent, default=None),
        paused=len(pauses),
        pause=max(pauses, default=None),
    )


def _checks(trials: Sequence[MeasuredTrial]) -> Mapping[Check, int]:
    """Count the OK responses by how they were checked.

    A run of before this was recorded says it of responses that were compared, and of no others.
    """
    found: Counter[Check] = Counter()
    for record in (trial.record for trial in trials):
        if record.responses_checked is not None:
            found[Check.MESSAGE] += record.responses_checked
        elif record.checked_by is not None:
            found[record.checked_by] += record.summary_counts.get(STATUS_NAMES[OK], 0)
    return {check: found[check] for check in Check if check in found}


def _times(trials: Sequence[Mapping[str, Seconds]]) -> Mapping[str, Estimate]:
    """Estimate each statistic of latencies or send delays that every trial with any has.

    A statistic that some trials lack (p99.9 near the number of responses that it needs) would be
    one of the busier rounds only.
    """
    known = [times for times in trials if times]
    return {
        name: estimate([times[name] for times in known])
        for name in next(iter(known), {})
        if all(name in times for times in known)
    }


def _went_well(turns: Sequence[TurnRecord], contender: str) -> list[TurnRecord]:
    own = (turn for turn in turns if turn.contender == contender and turn.outcome is Outcome.OK)
    return sorted(own, key=lambda turn: turn.round)


def _contender(contender: Contender, turns: Sequence[TurnRecord]) -> ContenderSummary:
    done = _went_well(turns, contender.name)
    return ContenderSummary(
        name=contender.name,
        title=contender.title,
        turns=len(done),
        footprint=footprint(contender, done),
        warm_turns=sum(turn.warm for turn in done),
        failures=tuple(
            f"round {turn.round}: {turn.reason or 'its turn failed'}"
            for turn in failed_turns([t for t in turns if t.contender == contender.name])
        ),
        worker_shares=shares(done),
        unevenness=unevenness(done),
        no_pressure=next(
            (turn.unknown[_PRESSURE] for turn in done if _PRESSURE in turn.unknown), ""
        ),
    )


def _comparisons(
    experiment: Experiment, cells: Mapping[Cell, CellSummary], trials: Mapping[Cell, CellTrials]
) -> Iterable[Comparison]:
    saturating = {cell.contender for cell in cells.values() if cell.limit is Limit.SERVER_BOUND}
    for scenario in experiment.scenarios.values():
        for level in scenario.sweep:
            for numerator, denominator, pairing in pairs(experiment, scenario):
                above = Cell(contender=numerator, scenario=scenario.name, level=level)
                below = replace(above, contender=denominator)
                rounds = trials[above].throughputs(), trials[below].throughputs()
                if found := compare(cells[above], cells[below], *rounds):
                    workers = experiment.contenders[numerator].workers
                    held = Limit.THROTTLED in {cells[above].limit, cells[below].limit}
                    shared = pairing is Pairing.GAIN and denominator not in saturating and not held
                    yield replace(
                        found,
                        pairing=pairing,
                        per_worker=scaled(found.ratio, 1 / workers) if shared else None,
                    )
