"""Where a run's wall time went. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from clusterbench.model.experiment import Seconds
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.summary import TimeSpent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.experiment import Experiment

_WARM_UP, _LOAD, _FAILED = "warm_up", "load", "failed"


def time_spent(records: Sequence[TrialRecord | TurnRecord], experiment: Experiment) -> TimeSpent:
    """Add up the steps of turns and of their trials.

    A trial that was measured gives its window to `window`, and the load around that to `warm_up`.
    A failed one gives all its time to the step `failed`: nothing came of it.
    """
    window = warm_up = 0.0
    other: defaultdict[str, float] = defaultdict(float)
    for record in records:
        for step, seconds in record.steps.items():
            if isinstance(record, TurnRecord):
                if step == _WARM_UP:
                    warm_up += seconds
                else:
                    other[step] += seconds
            elif record.outcome is not Outcome.OK:
                other[_FAILED] += seconds
            elif step == _LOAD:
                counted = min(float(experiment.timing_of(record.scenario).window), seconds)
                window += counted
                warm_up += seconds - counted
            else:
                other[step] += seconds
    rest = sum(other.values())
    wall = window + warm_up + rest
    return TimeSpent(
        wall=Seconds(wall),
        window=Seconds(window),
        warm_up=Seconds(warm_up),
        other=Seconds(rest),
        share_other=rest / wall if wall else 0.0,
        steps={step: Seconds(seconds) for step, seconds in sorted(other.items())},
    )
