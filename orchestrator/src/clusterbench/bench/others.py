"""What others had of both sides' CPUs between two readings of all of the machine's counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.interference import interference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.host.cpu_time import CpuTimes
    from clusterbench.model.cpus import CpuSet
    from clusterbench.model.records import SideUsage


def shares_of_others(
    first: CpuTimes | None,
    last: CpuTimes | None,
    sides: Sequence[SideUsage],
    cpus: tuple[CpuSet, CpuSet],
) -> tuple[float | None, ...]:
    """Return which share of each side's CPUs went to others than both sides.

    `sides` are what the server and the generator used, `cpus` what each may use. Where they share
    CPUs, the share is of all of them, and the same for both. None where it is not known.
    """
    if first is None or last is None:
        return (None,) * len(sides)
    busy = {cpu: ran - first.busy.get(cpu, ran) for cpu, ran in last.busy.items()}
    seconds = last.at - first.at
    server, generator = (set(each.cpus) for each in cpus)
    if server and generator and not server & generator:
        return tuple(
            interference(busy, seconds, own.cpus, [side])
            for side, own in zip(sides, cpus, strict=True)
        )
    both = server | generator if server and generator else set(busy)
    return (interference(busy, seconds, both, sides),) * len(sides)
