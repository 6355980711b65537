"""How evenly the kernel spread requests over a server's workers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate, estimate_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import TurnRecord


def shares(turns: Sequence[TurnRecord]) -> tuple[Estimate, ...]:
    """Estimate the share of a turn's requests that each worker answered, the busiest first.

    Workers are put in order within each turn, since a worker's place says nothing of how many
    connections the kernel gives it: shares by place would even out over turns.
    """
    return tuple(estimate(rank, positive=False) for rank in zip(*_sorted(turns), strict=True))


def unevenness(turns: Sequence[TurnRecord]) -> Estimate | None:
    """Estimate the busiest worker's share of requests times the workers: 1.0 is even."""
    return estimate_of(of_turn[0] * len(of_turn) for of_turn in _sorted(turns))


def _sorted(turns: Sequence[TurnRecord]) -> list[list[float]]:
    """Return each turn's shares, largest first; none of one worker, or without requests."""
    found = []
    for turn in turns:
        requests = sum(worker.requests for worker in turn.workers)
        if len(turn.workers) > 1 and requests:
            found.append(sorted((w.requests / requests for w in turn.workers), reverse=True))
    most = max(map(len, found), default=0)
    return [of_turn for of_turn in found if len(of_turn) == most]
