"""The host's CPUs as the kernel lists them: which share a core, a cache, a memory node.

A container sees the host's /sys, so this is the host's topology there too; the allowed CPUs are
those that this process may use.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.model.topology import Cpus, Topology

if TYPE_CHECKING:
    from collections.abc import Iterable

SYS = Path("/sys/devices/system")


def read_topology(root: Path = SYS, allowed: Iterable[int] | None = None) -> Topology:
    """Read the topology below /sys/devices/system. Raises HostError where there is none.

    `allowed` is what this process may use (`sched_getaffinity`) unless given.
    """
    online = _cpus(root / "cpu" / "online")
    if not online:
        raise HostError(f"{root}/cpu/online cannot be read: the lab needs Linux with /sys mounted")
    may = os.sched_getaffinity(0) if allowed is None else set(allowed)
    cores = _groups(online, (_siblings(root / "cpu" / f"cpu{cpu}", cpu) for cpu in online))
    caches = _groups(online, (_sharing_cache(root / "cpu" / f"cpu{cpu}") for cpu in online))
    nodes = _groups(online, map(_cpus, sorted((root / "node").glob("node*/cpulist"))))
    return Topology(
        online=online,
        allowed=tuple(cpu for cpu in online if cpu in may),
        cores=cores,
        caches=caches or (online,),
        nodes=nodes or (online,),
    )


def parse_cpus(text: str) -> Cpus:
    """Read a list as the kernel writes it: `0-3,8` is (0, 1, 2, 3, 8)."""
    cpus: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        cpus.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(cpus))


def _cpus(path: Path) -> Cpus:
    try:
        return parse_cpus(path.read_text())
    except OSError:
        return ()


def _siblings(cpu: Path, number: int) -> Cpus:
    # Some virtual machines have no topology folder: then each CPU counts as a core.
    return _cpus(cpu / "topology" / "thread_siblings_list") or (number,)


def _sharing_cache(cpu: Path) -> Cpus:
    for level in sorted(cpu.glob("cache/index*/level")):
        if level.read_text().strip() == "3":
            return _cpus(level.parent / "shared_cpu_list")
    return ()


def _groups(online: Cpus, groups: Iterable[Cpus]) -> tuple[Cpus, ...]:
    there = set(online)
    cut = {tuple(cpu for cpu in group if cpu in there) for group in groups}
    return tuple(sorted(group for group in cut if group))
