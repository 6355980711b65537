"""A run folder read once: what it recorded, each trial's figures, and its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.measure.claim_evidence import Judged
from clusterbench.measure.judge_claims import judge
from clusterbench.measure.published import published_figures
from clusterbench.measure.summarise import summarise
from clusterbench.measure.training_times import summarise_training
from clusterbench.measure.windows import figures
from clusterbench.model.cell_summary import Figures
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.summary import Summary
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
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
    found = {
        record.id: _figures(folder, record)
        for record in records
        if isinstance(record, TrialRecord) and record.outcome is Outcome.OK
    }
    summary = _with_training(folder, summarise(folder.run, records, found))
    claims = judge(folder.run.claims.claims, [Judged(folder.run, summary)])
    return AnalysedRun(
        folder=folder,
        records=records,
        figures=found,
        summary=replace(summary, claims=claims),
    )


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


def _figures(folder: RunFolder, trial: TrialRecord) -> Figures:
    """Compute a trial's figures: from its samples, or as published, from ghz's own summary."""
    experiment = folder.run.experiment
    if experiment.scenarios[trial.scenario].as_published:
        return published_figures(folder.generator_summary(trial.id), trial.summary_counts)
    return figures(folder.samples(trial.id), experiment.timing_of(trial.scenario))
