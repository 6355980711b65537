"""What single calls cost, from their timings in turns. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.experiment import Seconds
from clusterbench.measure.estimates import estimate
from clusterbench.measure.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One call's turn: the median of its rounds (s). `reference` marks what is kept."""

    turn: int
    group: str
    call: str
    seconds: Seconds
    reference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a call costs (s), over all turns; `ratio` is how many times the group's reference.

    `ratio` is paired by turn, and None for the reference itself or where no turn has both.
    """

    group: str
    call: str
    seconds: Estimate
    ratio: Estimate | None = None
    reference: bool = False


def costs(timings: Iterable[Timing]) -> Sequence[Cost]:
    """Estimate each call's cost, by group; in a group the reference first, then the cheapest."""
    found: dict[tuple[str, str], dict[int, Timing]] = {}
    for timing in timings:
        found.setdefault((timing.group, timing.call), {})[timing.turn] = timing
    references = {
        group: turns
        for (group, _), turns in found.items()
        if any(timing.reference for timing in turns.values())
    }
    made = [_cost(turns, references.get(group, {})) for (group, _), turns in found.items()]
    groups = list(dict.fromkeys(sorted(group for group, _ in found)))
    return sorted(
        made, key=lambda cost: (groups.index(cost.group), not cost.reference, cost.seconds.value)
    )


def _cost(turns: dict[int, Timing], reference: dict[int, Timing]) -> Cost:
    one = next(iter(turns.values()))
    ratios = [
        turns[turn].seconds / reference[turn].seconds
        for turn in sorted(turns)
        if turn in reference and not one.reference
    ]
    return Cost(
        group=one.group,
        call=one.call,
        seconds=estimate([turns[turn].seconds for turn in sorted(turns)], positive=True),
        ratio=estimate(ratios, positive=True) if ratios else None,
        reference=one.reference,
    )
