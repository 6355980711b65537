"""The trials of each cell: those measured, and why the others were not. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from clusterbench.measure.interference import of_trial, quietest
from clusterbench.measure.limits import beyond_cpus
from clusterbench.model.cell_summary import Figures
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.trial import Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clusterbench.model.disturbance import InterferenceRule
    from clusterbench.model.experiment import Experiment


@dataclass(frozen=True, slots=True)
class MeasuredTrial:
    """A trial that succeeded, with its figures; of `tries` in its round it is the quietest."""

    record: TrialRecord
    figures: Figures
    tries: int = 1

    @property
    def cpu_per_request(self) -> float | None:
        """Return server CPU-seconds per OK response; both are rates over the window."""
        server, throughput = self.record.server, self.figures.throughput
        return server.cpu / server.seconds / throughput if server and throughput else None


@dataclass(frozen=True, slots=True)
class CellTrials:
    """A cell's trials: those measured, and why the others were not, in the order of rounds."""

    measured: tuple[MeasuredTrial, ...]
    failures: tuple[str, ...]

    def interference(self, rule: InterferenceRule) -> dict[str, Any]:
        """Return the largest share that others had, in how many trials it was too much, repeats."""
        shares = [share for t in self.measured if (share := of_trial(t.record)) is not None]
        return {
            "interference": max(shares, default=None),
            "disturbed": sum(map(rule.disturbs, shares)),
            "repeated": sum(trial.tries > 1 for trial in self.measured),
        }

    def throughputs(self) -> Mapping[int, float]:
        """Return the throughput of each round that has one (responses/s)."""
        return {trial.record.round: trial.figures.throughput for trial in self.measured}


def cells(experiment: Experiment) -> Iterator[Cell]:
    """Return every cell: scenario by scenario, level by level, contenders in their order."""
    for scenario in experiment.scenarios.values():
        for level in scenario.sweep:
            for contender in experiment.contenders:
                if contender in scenario.contenders:
                    yield Cell(contender=contender, scenario=scenario.name, level=level)


def trials_by_cell(
    experiment: Experiment,
    records: Sequence[TrialRecord | TurnRecord],
    figures: Mapping[str, Figures],
) -> Mapping[Cell, CellTrials]:
    """Return the trials of each cell of the experiment, also of those that have none.

    `records` are the latest of each trial and turn, `figures` those of each successful trial by
    its id. A turn that failed is a failure of each trial that it did not get to. Of a trial that
    was run again in its turn, the quietest that was measured counts, and no other.
    """
    recorded = _recorded(records)
    turns = failed_turns(records)
    found = {}
    for cell in cells(experiment):
        rounds = experiment.rounds_of(cell.scenario)
        failures = {
            turn.round: turn.reason or "its turn failed"
            for turn in turns
            if turn.contender == cell.contender and turn.round <= rounds
        }
        measured = []
        for number, of_round in groupby(recorded[cell], key=lambda record: record.round):
            failures.pop(number, None)  # a trial that was tried says what became of it
            tries = [*of_round]
            reasons = [_unusable(record, figures) for record in tries]
            usable = [r for r, reason in zip(tries, reasons, strict=True) if reason is None]
            if usable:
                record = quietest(usable)
                measured.append(MeasuredTrial(record, figures[record.id], tries=len(tries)))
            else:
                failures[number] = reasons[0] or ""
        said = (f"round {number}: {reason}" for number, reason in sorted(failures.items()))
        found[cell] = CellTrials(tuple(measured), tuple(said))
    return found


def complete(experiment: Experiment, records: Sequence[TrialRecord | TurnRecord]) -> bool:
    """Return whether every planned trial was measured or failed, or its whole turn did."""
    recorded = _recorded(records)
    failed = {(turn.contender, turn.round) for turn in failed_turns(records)}
    return all(
        any(record.round == number for record in recorded[cell])
        or (cell.contender, number) in failed
        for cell in cells(experiment)
        for number in range(1, experiment.rounds_of(cell.scenario) + 1)
    )


def failed_turns(records: Iterable[TrialRecord | TurnRecord]) -> list[TurnRecord]:
    """Return the turns that failed, in the order of rounds."""
    turns = (record for record in records if isinstance(record, TurnRecord))
    failed = (turn for turn in turns if turn.outcome is Outcome.FAILED)
    return sorted(failed, key=lambda turn: turn.round)


def _unusable(record: TrialRecord, figures: Mapping[str, Figures]) -> str | None:
    """Return why a trial has no figures that count; None where it has."""
    if record.outcome is Outcome.FAILED:
        return record.reason or "no reason was recorded"
    if beyond := _beyond_cpus(record):
        return beyond
    return None if record.id in figures else "its requests are missing from the run folder"


def _beyond_cpus(record: TrialRecord) -> str | None:
    """Return which side of a trial used more than its CPUs have: its figures are of others too."""
    for name, side in (("server", record.server), ("load generator", record.generator)):
        if side is not None and side.beyond_cpus:
            return beyond_cpus(name, side)
    return None


def _recorded(
    records: Iterable[TrialRecord | TurnRecord],
) -> defaultdict[Cell, list[TrialRecord]]:
    """Return the records of trials by cell, in the order of rounds; of a round, the first first."""
    found: defaultdict[Cell, list[TrialRecord]] = defaultdict(list)
    trials = (record for record in records if isinstance(record, TrialRecord))
    for record in sorted(trials, key=lambda record: (record.round, record.repeats is not None)):
        cell = Cell(contender=record.contender, scenario=record.scenario, level=record.level)
        found[cell].append(record)
    return found
