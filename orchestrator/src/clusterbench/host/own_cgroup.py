"""Where a process's CPU time is bounded: its cgroup among those that are mounted here.

/proc/<pid>/cgroup names a cgroup as seen from this process's namespace, /proc/self/mountinfo what
part of the hierarchy is mounted where. In a container the path may be `/`, or begin with `..`;
where the host's tree is mounted too, that shows the most.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.host.cpu_quota import CpuBandwidth
from clusterbench.host.procfs import PROC, read_text
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.cpus import CpuQuota

_CPU = "cpu"
_UP = ".."


@dataclass(frozen=True, slots=True)
class CgroupMount:
    """A mounted hierarchy with the CPU controller: its `root`, a path in it, is at `point`."""

    version: int
    root: str
    point: Path


def own_quota(proc: Path = PROC) -> CpuQuota | None:
    """Return the least CPU quota over this process, None where none is seen."""
    found = bandwidth(os.getpid(), proc / "self", proc)
    return found.quota() if found else None


def throttled(proc: Path = PROC) -> Seconds:
    """Return how long CPU quotas have held back what is in this process's cgroup so far (s)."""
    found = bandwidth(os.getpid(), proc / "self", proc)
    return found.throttled() if found else Seconds(0.0)


def bandwidth(pid: int, process: Path | None = None, proc: Path = PROC) -> CpuBandwidth | None:
    """Find the quotas over a process, None where its cgroup is not mounted here.

    Of several mounts, the one counts that shows the most of the cgroup's parents.
    """
    where = parse_cgroup(read_text((process or proc / str(pid)) / "cgroup"))
    if where is None:
        return None
    version, path = where
    found = [
        CpuBandwidth(version, folder, mount.point)
        for mount in parse_mounts(read_text(proc / "self" / "mountinfo"))
        if mount.version == version and (folder := _folder(mount, path, pid))
    ]
    return max(found, key=lambda each: len(each.folder.relative_to(each.top).parts), default=None)


def parse_cgroup(text: str) -> tuple[int, str] | None:
    """Return the version and the path of the cgroup that the CPU controller is in."""
    lines = [line.split(":", 2) for line in text.splitlines() if line.count(":") > 1]
    for _, controllers, path in lines:
        if _CPU in controllers.split(","):
            return 1, path
    return next(((2, path) for number, _, path in lines if number == "0"), None)


def parse_mounts(mountinfo: str) -> Iterator[CgroupMount]:
    """Return the mounts of the CPU controller's hierarchies, in their order."""
    for line in mountinfo.splitlines():
        head, _, tail = line.partition(" - ")
        fields, said = head.split(), tail.split()
        if len(fields) < 5 or len(said) < 3:  # noqa: PLR2004 - as proc(5) lists them
            continue
        root, point = _plain(fields[3]), Path(_plain(fields[4]))
        if said[0] == "cgroup2":
            yield CgroupMount(2, root, point)
        elif said[0] == "cgroup" and _CPU in said[2].split(","):
            yield CgroupMount(1, root, point)


def below(root: str, path: str) -> str | None:
    """Return where a cgroup is below a mount's root, None where it is not.

    Both are as a namespace sees them: each `..` is a step above the namespace's own root. The
    names of such steps are not known, and stand as `*`.
    """
    (up_root, names_root), (up, names) = _steps(root), _steps(path)
    if up_root == up:
        inside = names[: len(names_root)] == names_root
        return "/".join(names[len(names_root) :]) if inside else None
    if up_root < up or names_root:
        return None
    return "/".join([*"*" * (up_root - up), *names])


def _steps(path: str) -> tuple[int, list[str]]:
    names = [name for name in path.split("/") if name]
    up = sum(name == _UP for name in names)
    return up, names[up:]


def _folder(mount: CgroupMount, path: str, pid: int) -> Path | None:
    place = below(mount.root, path)
    if place is None:
        # A mount of this very cgroup, or of one that it is said to be in by another name.
        return mount.point if _holds(mount.point, pid) else None
    if "*" not in place:
        folder = mount.point / place
        return folder if folder.is_dir() else None
    return next((each for each in mount.point.glob(place) if _holds(each, pid)), None)


def _holds(folder: Path, pid: int) -> bool:
    return str(pid) in read_text(folder / "cgroup.procs").split()


def _plain(field: str) -> str:
    """Return a path of mountinfo, which writes blanks and the like in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
