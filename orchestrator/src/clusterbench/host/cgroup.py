"""A container's counters read from the kernel's cgroup files, version 1 and 2.

A file read costs microseconds where a request to the engine costs milliseconds, and only the
files know the peak of memory under version 2. Nothing here writes.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.host.cpu_lists import parse_cpus
from clusterbench.host.cpu_quota import CpuBandwidth
from clusterbench.host.procfs import read_text
from clusterbench.model.execution import Unknown, Usage
from clusterbench.model.units import Bytes, Seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clusterbench.model.cpus import CpuQuota
    from clusterbench.model.topology import Cpus

#: Where the host's tree is: mounted into the orchestrator's container, or on the host itself.
ROOTS = (Path("/host/cgroup"), Path("/sys/fs/cgroup"))
_V1_CPUACCT = ("cpuacct", "cpu,cpuacct", "cpuacct,cpu")
_V1_CPU = ("cpu", "cpu,cpuacct", "cpuacct,cpu")
#: A container's CPUs, under version 2 and 1: those that its parents leave it, where that is said.
_CPUSETS = ("cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus")
_MEMORY_LIMITS = ("memory.max", "memory.limit_in_bytes")
_DEEPEST = 6
_NO_PSI_IN_V1 = Unknown("cgroup version 1 has no pressure stall information (PSI)")
_NO_PSI = Unknown("the kernel keeps no pressure stall information (PSI) of cgroups here")


@dataclass(frozen=True, slots=True)
class Cgroup:
    """The folders of one container: the same one under version 2.

    `cpuset` and `bandwidth` are None where the hierarchy of that controller is not there.
    """

    version: int
    cpu: Path
    memory: Path
    cpuset: Path | None = None
    bandwidth: CpuBandwidth | None = None

    def read(self) -> Usage:
        """Read the counters. Raises OSError once the container has ended.

        Memory in use leaves out the page cache, which is charged to whoever read a file first, and
        which the kernel drops before it runs out; tmpfs is no such cache. The peak is the kernel's
        own mark, page cache included, or None without one.
        """
        before = time.monotonic()
        if self.version == 1:
            cpu = int((self.cpu / "cpuacct.usage").read_text()) / 1e9
            used = int((self.memory / "memory.usage_in_bytes").read_text())
            peak = self.memory / "memory.max_usage_in_bytes"
        else:
            cpu = _fields(self.cpu / "cpu.stat")["usage_usec"] / 1e6
            used = int((self.memory / "memory.current").read_text())
            peak = self.memory / "memory.peak"
        files = file_pages(_fields(self.memory / "memory.stat"))
        after = time.monotonic()
        quota = self.bandwidth.quota() if self.bandwidth else None
        return Usage(
            at=(before + after) / 2,
            cpu=Seconds(cpu),
            memory=Bytes(max(used - files, 0)),
            peak_memory=Bytes(int(peak.read_text())) if peak.exists() else None,
            file_memory=Bytes(files),
            throttled=self.bandwidth.throttled() if self.bandwidth else Seconds(0.0),
            quota=quota.cpus if quota else None,
            cpus=len(self.cpus()) or None,
            pressure=self.pressure(),
        )

    def pressure(self) -> Seconds | Unknown:
        """Return for how long some of its tasks waited for a CPU so far (s), or why none is known.

        It is `total` of the line `some` in cpu.pressure, which is in microseconds: see PSI in the
        kernel's documentation (accounting/psi).
        """
        if self.version == 1:
            return _NO_PSI_IN_V1
        return parse_pressure(read_text(self.cpu / "cpu.pressure"))

    def cpus(self) -> Cpus:
        """Return the CPUs that the kernel lets it run on; none where that is not said."""
        found = (read_text(self.cpuset / name) for name in _CPUSETS) if self.cpuset else ()
        return next((cpus for text in found if (cpus := parse_cpus(text))), ())

    def memory_limit(self) -> Bytes | None:
        """Return the kernel's limit on its memory; None where there is none, or not said."""
        found = (read_text(self.memory / name).strip() for name in _MEMORY_LIMITS)
        return next((Bytes(int(text)) for text in found if text.isdecimal()), None)


def parse_pressure(text: str) -> Seconds | Unknown:
    """Return `total` of `some` in a file cpu.pressure (s), or that the kernel keeps none."""
    for line in text.splitlines():
        kind, *fields = line.split()
        for field in fields:
            name, _, value = field.partition("=")
            if (kind, name) == ("some", "total") and value.isdecimal():
                return Seconds(int(value) / 1e6)
    return _NO_PSI


def find(container: str, roots: Iterable[Path] = ROOTS) -> Cgroup | None:
    """Find a container's cgroup by its full id, or None where no tree on this machine has it.

    Knows the layouts of the cgroupfs and the systemd driver, and searches where a custom
    parent or a rootless engine put it elsewhere.
    """
    for root in roots:
        if (root / "cgroup.controllers").exists():
            if folder := _folder(root, container):
                return Cgroup(2, folder, folder, folder, CpuBandwidth(2, folder, root))
            continue
        _, cpu = _first(root, _V1_CPUACCT, container)
        memory = _folder(root / "memory", container)
        if cpu is not None and memory is not None:
            _, cpuset = _first(root, ("cpuset",), container)
            top, bounded = _first(root, _V1_CPU, container)
            bandwidth = CpuBandwidth(1, bounded, top) if bounded else None
            return Cgroup(1, cpu, memory, cpuset, bandwidth)
    return None


def quota_over(container: str, roots: Iterable[Path] = ROOTS) -> CpuQuota | None:
    """Return the least CPU quota over a container and its parents; None where none is seen."""
    found = find(container, roots)
    return found.bandwidth.quota() if found and found.bandwidth else None


def _first(root: Path, controllers: Iterable[str], container: str) -> tuple[Path, Path | None]:
    """Find a container in the first of these hierarchies that is there."""
    top = next((root / name for name in controllers if (root / name).is_dir()), root)
    return top, _folder(top, container) if top != root else None


def _folder(root: Path, container: str) -> Path | None:
    usual = (root / "docker" / container, root / "system.slice" / f"docker-{container}.scope")
    return next((path for path in (*usual, *_search(root, container)) if path.is_dir()), None)


def _search(root: Path, container: str) -> Iterator[Path]:
    """Look for it below the root, lazily: only where the usual places do not have it."""
    for folder, children, _ in os.walk(root):
        path = Path(folder)
        if len(path.relative_to(root).parts) >= _DEEPEST:
            children.clear()
        for child in children:
            if child == container or child.endswith(f"-{container}.scope"):
                yield path / child


def file_pages(stat: Mapping[str, int]) -> int:
    """Return how much page cache memory.stat tells of (bytes), under version 1 or 2."""
    for cache, tmpfs in (("total_cache", "total_shmem"), ("file", "shmem")):
        if cache in stat:
            return max(0, stat[cache] - stat.get(tmpfs, 0))
    return stat.get("inactive_file", 0)


def _fields(path: Path) -> Mapping[str, int]:
    """Return what a file of `name number` lines says."""
    pairs = (line.partition(" ") for line in path.read_text().splitlines())
    return {name: int(value) for name, _, value in pairs}
