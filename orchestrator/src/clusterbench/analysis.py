"""A run folder -> its summary: reads the samples, and lets `measure` make numbers of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.experiment import Outcome, TrialRecord
from clusterbench.measure.summary import summarise
from clusterbench.measure.windows import figures

if TYPE_CHECKING:
    from clusterbench.measure.results import Summary
    from clusterbench.store import RunFolder


def analyse(folder: RunFolder) -> Summary:
    """Recompute every figure of a run from its samples, and write summary.json.

    Raises StoreError where a trial's samples are missing or cannot be read.
    """
    records = folder.records()
    numbers = {
        record.id: figures(folder.samples(record.id), folder.run.experiment.timing)
        for record in records
        if isinstance(record, TrialRecord) and record.outcome is Outcome.OK
    }
    summary = summarise(folder.run, records, numbers)
    folder.write_summary(summary)
    return summary
