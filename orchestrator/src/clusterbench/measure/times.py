"""Where a run's wall time went."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from clusterbench.model.experiment import Seconds
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.summary import TimeSpent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.experiment import Experiment

_WARM_UP = "warm_up"
_LOAD = "load"
#: What a trial's load step takes beyond the load itself: the generator's own start and report,
#: and waiting for the requests in flight.
_AROUND_LOAD = "around_load"


def time_spent(records: Sequence[TrialRecord | TurnRecord], experiment: Experiment) -> TimeSpent:
    """Add up the steps of turns and of their trials.

    A trial that was measured gives its window to `window`, its dropped first second and its
    margin to `warm_up`. A failed one gives all its time to `other`: nothing came of it.
    """
    window = warm_up = 0.0
    other: defaultdict[str, float] = defaultdict(float)
    for record in records:
        for step, seconds in record.steps.items():
            if isinstance(record, TurnRecord) and step == _WARM_UP:
                warm_up += seconds
            elif isinstance(record, TrialRecord) and step == _LOAD and record.outcome is Outcome.OK:
                known = record.scenario in experiment.scenarios
                timing = experiment.timing_of(record.scenario) if known else experiment.timing
                measured = min(float(timing.window), seconds)
                dropped = min(float(timing.dropped + timing.margin), seconds - measured)
                window += measured
                warm_up += dropped
                other[_AROUND_LOAD] += seconds - measured - dropped
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
