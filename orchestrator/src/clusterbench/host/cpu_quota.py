"""CPU quotas read from the kernel's cgroup files, version 1 and 2, and what they took away.

A quota bounds a cgroup and all below it, so one on any parent counts as much as one's own. Nothing
here writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.host.procfs import read_text
from clusterbench.model.cpus import CpuQuota
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

_V1, _V2 = 1, 2


@dataclass(frozen=True, slots=True)
class CpuBandwidth:
    """The quotas over one cgroup: those of its `folder` and of each above it up to `top`.

    `top` is the root of what is seen of the hierarchy: the kernel's, or that of a namespace.
    """

    version: int
    folder: Path
    top: Path

    def quota(self) -> CpuQuota | None:
        """Return the least quota, None where there is none."""
        found = [
            CpuQuota(cpus, f"/{folder.relative_to(self.top)}".removesuffix("."))
            for folder in self._folders()
            if (cpus := _quota(self.version, folder)) is not None
        ]
        return min(found, key=lambda each: each.cpus, default=None)

    def throttled(self) -> Seconds:
        """Return how long quotas have held back what is within them so far, over all CPUs."""
        stats = (read_text(folder / "cpu.stat") for folder in self._folders())
        return Seconds(sum(parse_throttled(text) for text in stats))

    def _folders(self) -> Iterator[Path]:
        yield self.folder
        for folder in self.folder.parents if self.folder != self.top else ():
            yield folder
            if folder == self.top:
                return


def parse_quota(quota: str, period: str) -> float | None:
    """Return how many CPUs' time a quota is of its period; None where it bounds nothing.

    Version 1 writes -1 for none, version 2 `max`.
    """
    if not (quota.isdecimal() and period.isdecimal() and int(period)):
        return None
    return int(quota) / int(period)


def parse_throttled(stat: str) -> float:
    """Return the throttled time (s) of cpu.stat: in ns under version 1, in us under version 2."""
    scales = {"throttled_time": 1e-9, "throttled_usec": 1e-6}
    for line in stat.splitlines():
        name, _, value = line.partition(" ")
        if name in scales and value.isdecimal():
            return int(value) * scales[name]
    return 0.0


def _quota(version: int, folder: Path) -> float | None:
    if version == _V2:
        quota, _, period = read_text(folder / "cpu.max").strip().partition(" ")
    else:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        quota, period = (read_text(folder / name).strip() for name in names)
    return parse_quota(quota, period)
