"""The host's CPUs as the kernel lists them: which share a core, a cache, a package, a memory node.

A container sees the host's /sys, so this is the host's topology there too; the allowed CPUs are
those that this process may use. Each kind of group holds every CPU exactly once, whatever the
kernel lists: some virtual machines leave CPUs out, or contradict themselves.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.host.core_kinds import read_kinds
from clusterbench.host.cpu_lists import merged, read_cpus, with_rest
from clusterbench.host.procfs import read_text
from clusterbench.model.topology import CacheGroup, Cpus, Topology

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SYS = Path("/sys/devices/system")
#: The levels of cache that cores may share.
_SHARED_LEVELS = ("2", "3")

_Cache = tuple[int, Cpus]  # its level, and who shares it


def read_topology(root: Path = SYS, allowed: Iterable[int] | None = None) -> Topology:
    """Read the topology below /sys/devices/system. Raises HostError where there is none.

    `allowed` is what this process may use (`sched_getaffinity`) unless given.
    """
    listed = read_cpus(root / "cpu" / "online")
    if not listed:
        raise HostError(f"{root}/cpu/online cannot be read: the lab needs Linux with /sys mounted")
    may = os.sched_getaffinity(0) if allowed is None else set(allowed)
    # LXC has a list of its own in `online`, e.g. 0-1 where the container may use 4-5.
    online = tuple(sorted({*listed, *may}))
    folders = {cpu: root / "cpu" / f"cpu{cpu}" for cpu in online}
    cores = merged(online, ((cpu, *_siblings(folder)) for cpu, folder in folders.items()))
    return Topology(
        online=online,
        allowed=tuple(sorted(may)),
        cores=cores,
        caches=_by_cache(cores, {cpu: _last_cache(folder) for cpu, folder in folders.items()}),
        packages=with_rest(online, _packages(folders)),
        nodes=with_rest(online, map(read_cpus, sorted((root / "node").glob("node*/cpulist")))),
        kinds=read_kinds(root, cores),
    )


def _siblings(cpu: Path) -> Cpus:
    # Some virtual machines have no topology folder: then each CPU counts as a core.
    return read_cpus(cpu / "topology" / "thread_siblings_list")


def _packages(folders: Mapping[int, Path]) -> list[Cpus]:
    packages: defaultdict[str, list[int]] = defaultdict(list)
    for cpu, folder in folders.items():
        number = read_text(folder / "topology" / "physical_package_id").strip()
        if number.isdecimal():  # -1 where it is not known
            packages[number].append(cpu)
    return [tuple(cpus) for cpus in packages.values()]


def _last_cache(cpu: Path) -> _Cache:
    """Return the last of a CPU's caches that are listed; level 0 where there is none to share."""
    found: dict[int, Cpus] = {0: ()}
    for path in cpu.glob("cache/index*/level"):
        if (level := read_text(path).strip()) in _SHARED_LEVELS:
            found[int(level)] = read_cpus(path.parent / "shared_cpu_list")
    return max(found.items())


def _by_cache(cores: Sequence[Cpus], caches: Mapping[int, _Cache]) -> tuple[CacheGroup, ...]:
    """Group cores by their last cache; threads of one core share theirs, whatever they list."""
    levels: defaultdict[int, list[Cpus]] = defaultdict(list)
    for core in cores:
        levels[max(caches[cpu][0] for cpu in core)].append(core)
    groups = []
    for level, here in levels.items():
        cpus = tuple(cpu for core in here for cpu in core)
        shared = {cpu: caches[cpu][1] for cpu in cpus if caches[cpu][0] == level}
        lists = [tuple({*core, *(o for cpu in core for o in shared.get(cpu, ()))}) for core in here]
        found = merged(cpus, lists) if level else (tuple(sorted(cpus)),)
        groups += [CacheGroup(level=level, cpus=group) for group in found]
    return tuple(sorted(groups, key=lambda group: group.cpus))
