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

from clusterbench.model.execution import Usage
from clusterbench.model.units import Bytes, Seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Where the host's tree is: mounted into the orchestrator's container, or on the host itself.
ROOTS = (Path("/host/cgroup"), Path("/sys/fs/cgroup"))
_V1_CPU = ("cpuacct", "cpu,cpuacct", "cpuacct,cpu")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Cgroup:
    """The folders of one container: the same one twice under version 2."""

    version: int
    cpu: Path
    memory: Path

    def read(self) -> Usage:
        """Read the counters. Raises OSError once the container has ended.

        Memory in use leaves out the page cache that the kernel would drop first, as `docker stats`
        does; its peak is the kernel's own mark, page cache included, or None without one.
        """
        before = time.monotonic()
        if self.version == 1:
            cpu = int((self.cpu / "cpuacct.usage").read_text()) / 1e9
            used = int((self.memory / "memory.usage_in_bytes").read_text())
            idle = _field(self.memory / "memory.stat", "total_inactive_file")
            peak = self.memory / "memory.max_usage_in_bytes"
        else:
            cpu = _field(self.cpu / "cpu.stat", "usage_usec") / 1e6
            used = int((self.memory / "memory.current").read_text())
            idle = _field(self.memory / "memory.stat", "inactive_file")
            peak = self.memory / "memory.peak"
        return Usage(
            at=(before + time.monotonic()) / 2,
            cpu=Seconds(cpu),
            memory=Bytes(max(used - idle, 0)),
            peak_memory=Bytes(int(peak.read_text())) if peak.exists() else None,
        )


def find(container: str, roots: Iterable[Path] = ROOTS) -> Cgroup | None:
    """Find a container's cgroup by its full id, or None where no tree on this machine has it.

    Knows the layouts of the cgroupfs and the systemd driver, and searches where a custom
    parent or a rootless engine put it elsewhere.
    """
    for root in roots:
        if (root / "cgroup.controllers").exists():
            if folder := _folder(root, container):
                return Cgroup(2, folder, folder)
            continue
        cpu = next(
            (_folder(root / name, container) for name in _V1_CPU if (root / name).is_dir()), None
        )
        memory = _folder(root / "memory", container)
        if cpu is not None and memory is not None:
            return Cgroup(1, cpu, memory)
    return None


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


def _field(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
