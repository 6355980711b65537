"""A run folder -> its summary: reads the samples, and lets `measure` make numbers of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.experiment import Outcome, TrialRecord
from clusterbench.measure.summary import summarise
from clusterbench.measure.windows import figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.measure.results import Figures, Summary
    from clusterbench.store import RunFolder


def analyse(folder: RunFolder) -> Summary:
    """Recompute every figure of a run from its samples, and write summary.json.

    Raises StoreError where a trial's samples are missing or cannot be read.
    """
    summary = summarise(folder.run, folder.records(), trial_figures(folder))
    folder.write_summary(summary)
    return summary


def trial_figures(folder: RunFolder) -> Mapping[str, Figures]:
    """Compute each successful trial's figures from its samples, by its id."""
    return {
        record.id: figures(folder.samples(record.id), folder.run.experiment.timing)
        for record in folder.records()
        if isinstance(record, TrialRecord) and record.outcome is Outcome.OK
    }
