"""Where a run's wall time went. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from clusterbench.model.summary import TimeSpent
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.records import TrialRecord, TurnRecord

#: Steps that count as warm-up: that of a turn, and what a trial drops before and after its window.
_WARM_UP = ("warm_up", "dropped")
#: What a step took in all, below which it is noise of the clock (s).
SHORTEST = 0.001


def time_spent(records: Sequence[TrialRecord | TurnRecord]) -> TimeSpent:
    """Add up the steps of turns and of their trials.

    A trial that failed gives all its time to the step `failed`: nothing came of it. Steps that
    took less than SHORTEST together are not named.
    """
    window = warm_up = 0.0
    other: defaultdict[str, float] = defaultdict(float)
    for record in records:
        for step, seconds in record.steps.items():
            if step == "window":
                window += seconds
            elif step in _WARM_UP:
                warm_up += seconds
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
        steps={step: Seconds(s) for step, s in sorted(other.items()) if s >= SHORTEST},
    )
