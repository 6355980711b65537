"""A run folder -> its summary: reads the samples, and lets `measure` make numbers of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.claim_evidence import Judged
from clusterbench.measure.judge_claims import judge
from clusterbench.measure.published import published_figures
from clusterbench.measure.summarise import summarise
from clusterbench.measure.training_times import summarise_training
from clusterbench.measure.windows import figures
from clusterbench.model.records import Outcome, TrialRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.summary import Summary
    from clusterbench.store.run_folder import RunFolder


def analyse(folder: RunFolder) -> Summary:
    """Recompute every figure of a run from what it measured, and write summary.json.

    Raises StoreError where a trial's samples, or the generator's summary of one that was measured
    as published, are missing or cannot be read.
    """
    summary = summarise(folder.run, folder.records(), trial_figures(folder))
    training, trained = folder.run.experiment.training, folder.training()
    if training is not None and trained is not None:
        # What a run did not get to is not complete; what it has is shown.
        done = summarise_training(training, trained)
        summary = replace(summary, training=done, complete=summary.complete and done.complete)
    elif training is not None:
        summary = replace(summary, complete=False)
    judged = judge(folder.run.claims.claims, [Judged(folder.run, summary)])
    summary = replace(summary, claims=judged)
    folder.write_summary(summary)
    return summary


def trial_figures(folder: RunFolder) -> Mapping[str, Figures]:
    """Compute each successful trial's figures from what it left behind, by its id."""
    return {
        record.id: _figures(folder, record)
        for record in folder.records()
        if isinstance(record, TrialRecord) and record.outcome is Outcome.OK
    }


def _figures(folder: RunFolder, record: TrialRecord) -> Figures:
    """Return a trial's figures: the lab's own, or of what is measured as published, ghz's."""
    scenario = folder.run.experiment.scenarios.get(record.scenario)
    if scenario is not None and scenario.as_published:
        return published_figures(folder.generator_summary(record.id), record.summary_counts)
    return figures(folder.samples(record.id), folder.run.experiment.timing)
