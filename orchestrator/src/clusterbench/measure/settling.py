"""Whether a trial's server had settled before it: what its turn's warm-up came to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.measure.trials_by_cell import MeasuredTrial
    from clusterbench.model.records import TrialRecord, TurnRecord


def unsettled(trials: Iterable[MeasuredTrial], turns: Sequence[TurnRecord]) -> int:
    """Return how many trials are of a turn whose warm-up ended before its last chunks agreed."""
    return sum(_unsettled(trial.record, turns) for trial in trials)


def _unsettled(record: TrialRecord, turns: Iterable[TurnRecord]) -> bool:
    """Return whether the turn of a trial was warmed up in vain; of several stays, the trial's own.

    A turn without warm-up has not failed to settle: it was asked to be cold.
    """
    own = [
        turn
        for turn in turns
        if (turn.contender, turn.round) == (record.contender, record.round)
        and turn.started <= record.started
    ]
    turn = max(own, key=lambda turn: turn.started, default=None)
    return turn is not None and bool(turn.warm_up) and not turn.warm
