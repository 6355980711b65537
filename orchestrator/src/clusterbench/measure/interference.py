"""Interference: which share of a side's CPUs neither side had within a window. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clusterbench.model.records import SideUsage

#: From this share on it is told, since figures move by as much. Below it are the clock's steps of
#: 10 ms, and the lab's own reading of counters.
DISTURBED = 0.05


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


def disturbed(side: SideUsage | None) -> bool:
    """Return whether others had enough of a side's CPUs to move its figures."""
    return side is not None and side.interference is not None and side.interference >= DISTURBED
