"""Everything summary.json holds, from what a run recorded."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.measure.comparison import compare
from clusterbench.measure.estimates import estimate, scaled
from clusterbench.measure.limits import limit_of_trial, of_cell
from clusterbench.measure.pairs import pairs
from clusterbench.measure.times import time_spent
from clusterbench.measure.workers import shares, unevenness
from clusterbench.model.cell_summary import (
    CellSummary,
    Comparison,
    ContenderSummary,
    Figures,
    Pairing,
)
from clusterbench.model.experiment import Cell, Limit, Scenario
from clusterbench.model.interval import Estimate
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from clusterbench.model.experiment import Contender, Experiment
    from clusterbench.model.records import RunRecord, SideUsage

_UNMEASURED = "its calls are missing from the run folder"
_SAMPLED = "sampled"
#: The steps of a server's start, until its first right response.
START_STEPS = ("create", "start", "serving", "first_response")


@dataclass(frozen=True, slots=True)
class _Measured:
    """A trial that succeeded, with its figures."""

    record: TrialRecord
    figures: Figures


@dataclass(frozen=True, slots=True)
class _Trials:
    """A cell's trials: those measured, and why the others were not, in the order of rounds."""

    measured: tuple[_Measured, ...]
    failures: tuple[str, ...]


def summarise(
    run: RunRecord,
    records: Sequence[TrialRecord | TurnRecord],
    figures: Mapping[str, Figures],
) -> Summary:
    """Summarise a run.

    `records` are the latest of each trial and turn, `figures` those of each successful trial by
    its id. Each cell of the experiment is there, also those of which nothing was measured.
    The summary is `complete` when every planned trial was measured or failed, or its whole turn
    did.
    """
    experiment = run.experiment
    turns = [record for record in records if isinstance(record, TurnRecord)]
    by_cell: defaultdict[Cell, list[TrialRecord]] = defaultdict(list)
    for record in sorted(
        (record for record in records if isinstance(record, TrialRecord)),
        key=lambda record: record.round,
    ):
        cell = Cell(contender=record.contender, scenario=record.scenario, level=record.level)
        by_cell[cell].append(record)
    failed_turns = sorted(
        (turn for turn in turns if turn.outcome is Outcome.FAILED), key=lambda turn: turn.round
    )
    trials = {
        cell: _trials(
            cell,
            by_cell[cell],
            [turn for turn in failed_turns if turn.round <= experiment.rounds_of(cell.scenario)],
            figures,
        )
        for cell in _cells(experiment)
    }
    cells = {
        cell: _cell(cell, experiment.scenarios[cell.scenario], found)
        for cell, found in trials.items()
    }
    return Summary(
        run=run.id,
        profile=experiment.profile,
        cells=tuple(cells.values()),
        contenders=tuple(
            _contender(contender, [turn for turn in turns if turn.contender == name])
            for name, contender in experiment.contenders.items()
        ),
        comparisons=tuple(_comparisons(experiment, cells, trials)),
        time=time_spent(records),
        complete=_complete(experiment, by_cell, failed_turns),
    )


def _cells(experiment: Experiment) -> Iterable[Cell]:
    """Return every cell: scenario by scenario, level by level, contenders in their order."""
    for scenario in experiment.scenarios.values():
        for level in scenario.sweep:
            for contender in experiment.contenders:
                if contender in scenario.contenders:
                    yield Cell(contender=contender, scenario=scenario.name, level=level)


def _trials(
    cell: Cell,
    records: Sequence[TrialRecord],
    failed_turns: Sequence[TurnRecord],
    figures: Mapping[str, Figures],
) -> _Trials:
    measured = []
    failures: dict[int, str] = {}
    for record in records:
        if record.outcome is Outcome.FAILED:
            failures[record.round] = record.reason or "no reason was recorded"
        elif record.id not in figures:
            failures[record.round] = _UNMEASURED
        else:
            measured.append(_Measured(record, figures[record.id]))
    tried = {record.round for record in records}
    for turn in failed_turns:
        if turn.contender == cell.contender and turn.round not in tried:
            failures[turn.round] = turn.reason or "its turn failed"
    return _Trials(
        tuple(measured),
        tuple(f"round {number}: {reason}" for number, reason in sorted(failures.items())),
    )


def _cell(cell: Cell, scenario: Scenario, trials: _Trials) -> CellSummary:
    measured = trials.measured
    errors: Counter[str] = Counter()
    for trial in measured:
        errors.update(trial.figures.errors)
    limits = [
        limit_of_trial(trial.record.server, trial.record.generator)
        for trial in measured
        if trial.record.server and trial.record.generator
    ]
    limit = of_cell(limits)
    held_back = [t.record.held_back for t in measured if t.record.held_back is not None]
    return CellSummary(
        contender=cell.contender,
        scenario=cell.scenario,
        level=cell.level,
        connections=scenario.connections_at(cell.level),
        trials=len(measured),
        throughput=_over(measured, lambda trial: trial.figures.throughput),
        latency=_latency(measured),
        error_rate=_over(measured, lambda trial: trial.figures.error_rate, positive=False),
        errors=dict(errors),
        server_share=_over(measured, lambda trial: _share(trial.record.server)),
        generator_share=_over(measured, lambda trial: _share(trial.record.generator)),
        cpu_per_request=_over(measured, _cpu_per_answer),
        limit=limit,
        lower_bound=limit is Limit.CLIENT_BOUND,
        held_back=min(held_back, default=None),
        truncated=any(trial.figures.truncated for trial in measured),
        failures=trials.failures,
        responses=sum(trial.figures.responses for trial in measured),
        most_errors=max((sum(t.figures.errors.values()) for t in measured), default=0),
    )


def _over(
    trials: Sequence[_Measured],
    figure: Callable[[_Measured], float | None],
    *,
    positive: bool = True,
) -> Estimate | None:
    """Estimate a figure over the trials that have it; None where none has."""
    values = [value for value in map(figure, trials) if value is not None]
    return estimate(values, positive=positive) if values else None


def _latency(trials: Sequence[_Measured]) -> Mapping[str, Estimate]:
    """Estimate each statistic that every trial with latencies has.

    A statistic that some trials lack (p99.9 near the number of answers that it needs) would be
    one of the busier rounds only.
    """
    known = [trial.figures.latency for trial in trials if trial.figures.latency]
    if not known:
        return {}
    return {
        name: estimate([latency[name] for latency in known], positive=True)
        for name in known[0]
        if all(name in latency for latency in known)
    }


def _share(side: SideUsage | None) -> float | None:
    return None if side is None else side.share


def _cpu_per_answer(trial: _Measured) -> float | None:
    """Return server CPU-seconds per OK answer; both are rates over the window."""
    server, throughput = trial.record.server, trial.figures.throughput
    if server is None or not throughput:
        return None
    return server.cpu / server.seconds / throughput


def _contender(contender: Contender, turns: Sequence[TurnRecord]) -> ContenderSummary:
    done = sorted(
        (turn for turn in turns if turn.outcome is Outcome.OK), key=lambda turn: turn.round
    )
    failed = sorted(
        (turn for turn in turns if turn.outcome is Outcome.FAILED), key=lambda turn: turn.round
    )
    memory = [float(turn.peak_memory) for turn in done if turn.peak_memory]
    sources = {turn.peak_memory_source for turn in done if turn.peak_memory}
    starts = [sum(turn.steps.get(step, 0.0) for step in START_STEPS) for turn in done]
    return ContenderSummary(
        name=contender.name,
        title=contender.title,
        turns=len(done),
        peak_memory=estimate(memory, positive=True) if memory else None,
        # The weaker source speaks for all where turns differ.
        peak_memory_source=_SAMPLED if _SAMPLED in sources else "".join(sources),
        start=estimate(starts, positive=True) if starts else None,
        warm_turns=sum(turn.warm for turn in done),
        failures=tuple(
            f"round {turn.round}: {turn.reason or 'its turn failed'}" for turn in failed
        ),
        worker_shares=shares(done),
        unevenness=unevenness(done),
    )


def _comparisons(
    experiment: Experiment, cells: Mapping[Cell, CellSummary], trials: Mapping[Cell, _Trials]
) -> Iterable[Comparison]:
    full = {cell.contender for cell in cells.values() if cell.limit is Limit.SERVER_BOUND}
    for scenario in experiment.scenarios.values():
        for level in scenario.sweep:
            for numerator, denominator, pairing in pairs(experiment, scenario):
                above = Cell(contender=numerator, scenario=scenario.name, level=level)
                below = Cell(contender=denominator, scenario=scenario.name, level=level)
                found = compare(
                    cells[above], cells[below], _rounds(trials[above]), _rounds(trials[below])
                )
                if found is not None:
                    workers = experiment.contenders[numerator].workers
                    shared = pairing is Pairing.GAIN and denominator not in full
                    yield replace(
                        found,
                        pairing=pairing,
                        per_worker=scaled(found.ratio, 1 / workers) if shared else None,
                    )


def _rounds(trials: _Trials) -> Mapping[int, float]:
    return {trial.record.round: trial.figures.throughput for trial in trials.measured}


def _complete(
    experiment: Experiment,
    by_cell: Mapping[Cell, Sequence[TrialRecord]],
    failed_turns: Sequence[TurnRecord],
) -> bool:
    failed = {(turn.contender, turn.round) for turn in failed_turns}
    return all(
        any(record.round == number for record in by_cell.get(cell, ()))
        or (cell.contender, number) in failed
        for cell in _cells(experiment)
        for number in range(1, experiment.rounds_of(cell.scenario) + 1)
    )
