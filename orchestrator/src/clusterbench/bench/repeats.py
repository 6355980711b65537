"""Which of a turn's trials are run again, because others had too much of a side's CPUs. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.interference import of_trial, quietest
from clusterbench.model.records import Outcome
from clusterbench.plan.schedule import repeats_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.experiment import Experiment
    from clusterbench.model.records import TrialRecord
    from clusterbench.model.trial import Trial


def due(
    experiment: Experiment, tries: Mapping[Trial, Sequence[TrialRecord]], again: int
) -> list[Trial]:
    """Return the trials that are to be run again for the `again`th time, in their order.

    `tries` are the records so far of each trial of a turn. Those are run again whose every record
    is disturbed. One that failed has no figure that others could have moved: it is not.
    """
    return [
        replace(trial, again=again)
        for trial, records in tries.items()
        if again <= repeats_of(experiment, trial) and _disturbed(experiment, records)
    ]


def _disturbed(experiment: Experiment, records: Sequence[TrialRecord]) -> bool:
    measured = [record for record in records if record.outcome is Outcome.OK]
    return bool(measured) and experiment.interference.disturbs(of_trial(quietest(measured)))
