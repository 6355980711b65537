"""What limited a trial: which side was full, or a CPU quota."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from clusterbench.model.trial import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.records import SideUsage
    from clusterbench.model.units import Seconds

#: From this share of its CPUs on, a side counts as full. Not 1.0: readings and window are some
#: milliseconds apart, and the kernel itself takes some of a busy CPU without charging it.
FULL = 0.9
#: From this share of the window on, a side that quotas held back counts as throttled. Its time is
#: summed over its CPUs. Not 0.0: a burst of a few milliseconds moves no figure.
THROTTLED = 0.01


def limit_of_trial(server: SideUsage | None, generator: SideUsage) -> Limit:
    """Return what limited a trial within its window.

    A side that a CPU quota held back comes first: what it did is the quota's figure, whatever its
    CPUs could do. Where both sides were full, it is the server: its own CPUs were busy, so more
    load could not have got more out of it, and the throughput is a figure of it, whatever the
    generator's state. `server` is None where its counters could not be read: then a full generator
    is taken for the limit.
    """
    if throttled(generator) or (server is not None and throttled(server)):
        return Limit.THROTTLED
    if server is not None and server.share >= FULL:
        return Limit.SERVER_BOUND
    if generator.share >= FULL:
        return Limit.CLIENT_BOUND
    return Limit.NEITHER


def throttled(side: SideUsage) -> bool:
    """Return whether CPU quotas held a side back."""
    return is_throttled(side.throttled, side.seconds)


def is_throttled(held: Seconds, within: Seconds) -> bool:
    """Return whether quotas held something back (s) for enough of a time (s) to move figures."""
    return held > 0 and held >= THROTTLED * within


def of_cell(trials: Sequence[Limit]) -> Limit | None:
    """Return what limited most of a cell's trials: `neither` where none did; None of no trials.

    One throttled trial makes the whole cell throttled, since the cell's figures hold that trial's.
    """
    if not trials:
        return None
    if Limit.THROTTLED in trials:
        return Limit.THROTTLED
    side, number = Counter(trials).most_common(1)[0]
    return side if 2 * number > len(trials) else Limit.NEITHER


def beyond_cpus(name: str, side: SideUsage) -> str:
    """Return that a side used more CPU time than its CPUs have."""
    return (
        f"the {name} used {side.cpu / side.seconds:.2f} CPUs where its CPU set has {side.cpus}: "
        "the set did not bind it"
    )
