"""Interference: which share of a side's CPUs neither side had within a window. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from clusterbench.model.records import SideUsage, TrialRecord


def interference(
    busy: Mapping[int, float], seconds: float, cpus: Collection[int], sides: Collection[SideUsage]
) -> float | None:
    """Return the share of these CPUs' time that went to others than the sides that run on them.

    `busy` is how long each CPU ran within `seconds` (s), time given to other machines included;
    `cpus` are a side's, `sides` all that may run on them. None where a CPU's time is not known.
    """
    if not cpus or seconds <= 0 or any(cpu not in busy for cpu in cpus):
        return None
    ran = sum(busy[cpu] for cpu in cpus) / seconds
    own = sum(side.cpu / side.seconds for side in sides)
    return min(1.0, max(0.0, (ran - own) / len(cpus)))


def largest(sides: Iterable[SideUsage | None]) -> float | None:
    """Return the largest share that others had of a side's CPUs; None where none is known."""
    known = (side.interference for side in sides if side is not None)
    return max((share for share in known if share is not None), default=None)


def of_trial(record: TrialRecord) -> float | None:
    """Return the largest share that others had of a side's CPUs in any load of a trial."""
    parts = [part.interference for part in record.parts if part.interference is not None]
    whole = largest((record.server, record.generator))
    return max(parts if whole is None else [*parts, whole], default=None)


def quietest(tries: Sequence[TrialRecord]) -> TrialRecord:
    """Return the trial whose figures count, of those of one cell in one round: the quietest.

    It is the one in which others had the least of a side's CPUs, whatever its figures; the first
    of equals. One of which this is not known is taken where it is not known of any.
    """

    def others(record: TrialRecord) -> float:
        share = of_trial(record)
        return math.inf if share is None else share

    return min(tries, key=others)
