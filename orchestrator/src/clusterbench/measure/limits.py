"""Which side of a trial was full."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from clusterbench.model.trial import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.records import SideUsage

#: From this share of its CPUs on, a side counts as full. Not 1.0: readings and window are some
#: milliseconds apart, and the kernel itself takes some of a busy CPU without charging it.
FULL = 0.9


def limit_of_trial(server: SideUsage | None, generator: SideUsage) -> Limit:
    """Return which side's CPUs were full within the window.

    Where both were, it is the server: its own CPUs were busy, so more load could not have got
    more out of it, and the throughput is a figure of it, whatever the generator's state. `server`
    is None where its counters could not be read: then a full generator is taken for the limit.
    """
    if server is not None and server.share >= FULL:
        return Limit.SERVER_BOUND
    if generator.share >= FULL:
        return Limit.CLIENT_BOUND
    return Limit.NEITHER


def of_cell(trials: Sequence[Limit]) -> Limit | None:
    """Return what limited most of a cell's trials: `neither` where none did; None of no trials."""
    if not trials:
        return None
    side, number = Counter(trials).most_common(1)[0]
    return side if 2 * number > len(trials) else Limit.NEITHER
