"""A run folder read once: what it recorded, each trial's figures, and its summary."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from clusterbench.errors import StoreError
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.measure.claim_evidence import Judged
from clusterbench.measure.cpu_time_parts import attribute
from clusterbench.measure.judge_claims import judge
from clusterbench.measure.recovery_times import recovered
from clusterbench.measure.summarise import summarise
from clusterbench.measure.training_times import summarise_training
from clusterbench.measure.trials_by_cell import cells, trials_by_cell
from clusterbench.model.cell_summary import Figures
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.summary import Summary
from clusterbench.store.calibrations import calibration_of
from clusterbench.store.profile_files import profiles
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from clusterbench.model.calibration import Calibration
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.objective import Objective
    from clusterbench.model.records import RunRecord
    from clusterbench.model.recovery import Overloaded
    from clusterbench.model.samples import Samples
    from clusterbench.model.trial import Cell


@dataclass(frozen=True, kw_only=True)
class AnalysedRun:
    """All that is shown of a run.

    `records` has the latest record of each trial, and each turn's; `figures` those of each
    successful trial by its id. The samples stay on disk.
    """

    folder: RunFolder
    records: Sequence[TrialRecord | TurnRecord]
    figures: Mapping[str, Figures]
    summary: Summary

    @property
    def run(self) -> RunRecord:
        """Return what run.json holds."""
        return self.folder.run

    @cached_property
    def counted(self) -> Collection[str]:
        """Return the ids of the trials whose figures count: of those run again, the quietest."""
        found = trials_by_cell(self.run.experiment, self.records, self.figures)
        return {trial.record.id for each in found.values() for trial in each.measured}

    @property
    def trials(self) -> Sequence[TrialRecord]:
        """Return the records of trials."""
        return [record for record in self.records if isinstance(record, TrialRecord)]


def analyse(folder: RunFolder) -> AnalysedRun:
    """Read a run folder and compute every figure of it. Writes nothing.

    Raises StoreError where a trial's samples, or the generator's summary of one that was measured
    as published, are missing or cannot be read.
    """
    records = folder.records()
    figures: dict[str, Figures] = {}
    recoveries: list[Overloaded] = []
    for trial in records:
        if isinstance(trial, TrialRecord) and trial.outcome is Outcome.OK:
            output = _Output(folder, trial)
            experiment = folder.run.experiment
            kind = kind_of(experiment.scenarios[trial.scenario])
            figures[trial.id] = kind.figures(output, experiment.timing)
            if trial.parts and (recovery := recovered(trial, output.samples)):
                recoveries.append(recovery)
    objectives = _objectives(folder.run.experiment)
    summary = _with_training(folder, summarise(folder.run, records, figures, objectives))
    calibration = _calibration(folder)
    claims = judge(folder.run.claims.claims, [Judged(folder.run, summary)])
    return AnalysedRun(
        folder=folder,
        records=records,
        figures=figures,
        summary=replace(
            summary,
            claims=claims,
            recoveries=tuple(recoveries),
            calibrated=calibration.created if calibration else None,
            visible=tuple(each for each in calibration.visible if each.rounds)
            if calibration
            else (),
            attribution=attribute(
                folder.run.experiment, summary.cells, profiles(folder.path, records)
            ),
        ),
    )


def _calibration(folder: RunFolder) -> Calibration | None:
    """Return the calibration of a run's host; None also where its file is broken."""
    try:
        return calibration_of(folder.path.parent, folder.run.fingerprint)
    except StoreError:
        return None  # nothing of the run rests on it


def _objectives(experiment: Experiment) -> Mapping[Cell, Objective]:
    """Return the objective of each cell that searches for a capacity."""
    kinds = {name: kind_of(scenario) for name, scenario in experiment.scenarios.items()}
    found = {cell: kinds[cell.scenario].objective(cell.level) for cell in cells(experiment)}
    return {cell: objective for cell, objective in found.items() if objective is not None}


def _with_training(folder: RunFolder, summary: Summary) -> Summary:
    """Add what the run trained. A run that did not get so far is not complete."""
    training = folder.run.experiment.training
    if training is None:
        return summary
    record = folder.training()
    if record is None:
        return replace(summary, complete=False)
    done = summarise_training(training, record)
    return replace(summary, training=done, complete=summary.complete and done.complete)


@dataclass(frozen=True)
class _Output:
    """A trial's output in the run folder; its samples are read once, when they are asked for."""

    folder: RunFolder
    record: TrialRecord

    @property
    def counts(self) -> Mapping[str, int]:
        """Return all responses by status name."""
        return self.record.summary_counts

    @cached_property
    def samples(self) -> Samples:
        """Return the trial's requests."""
        return self.folder.samples(self.record.id)

    @property
    def summary(self) -> Mapping[str, Any]:
        """Return the generator's own summary."""
        return self.folder.generator_summary(self.record.id)
