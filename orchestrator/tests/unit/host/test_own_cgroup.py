"""Where a process's cgroup is, by what the kernel lists on hosts and in containers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from clusterbench.host.own_cgroup import bandwidth, below, own_quota, parse_cgroup, parse_mounts
from clusterbench.model.cpus import CpuQuota

if TYPE_CHECKING:
    from pathlib import Path

V1_MOUNT = "- cgroup cgroup rw,{}"
V2_MOUNT = "- cgroup2 cgroup2 rw,nsdelegate"


@dataclass(frozen=True)
class Seen:
    """What a process sees: its cgroup, what is mounted where, and the folders that are there."""

    cgroup: str
    mounts: tuple[tuple[str, str, str], ...]  # root, mount point, file system
    folders: tuple[str, ...]
    found: str
    shown: str


KUBERNETES = "/kubepods/burstable/pod12/ab34"
SEEN = {
    "a host, version 1": Seen(
        "5:cpuset:/\n4:cpu,cpuacct:/ci/job\n1:name=systemd:/init.scope\n0::/\n",
        (
            ("/", "cgroup/cpuset", V1_MOUNT.format("cpuset")),
            ("/", "cgroup/cpu,cpuacct", V1_MOUNT.format("cpu,cpuacct")),
            ("/", "cgroup/unified", V2_MOUNT),
        ),
        ("cgroup/cpuset", "cgroup/cpu,cpuacct/ci/job", "cgroup/unified"),
        "cgroup/cpu,cpuacct/ci/job",
        "/ci/job",
    ),
    "a host, version 2": Seen(
        "0::/user.slice/user-1000.slice/ci.scope\n",
        (("/", "cgroup", V2_MOUNT),),
        ("cgroup/user.slice/user-1000.slice/ci.scope",),
        "cgroup/user.slice/user-1000.slice/ci.scope",
        "/user.slice/user-1000.slice/ci.scope",
    ),
    "mounted elsewhere, with a blank": Seen(
        "3:cpu:/ci\n",
        (("/", r"my\040cgroups/cpu", V1_MOUNT.format("cpu")),),
        ("my cgroups/cpu/ci",),
        "my cgroups/cpu/ci",
        "/ci",
    ),
    "a container in a cgroup namespace, version 2": Seen(
        "0::/\n", (("/", "cgroup", V2_MOUNT),), ("cgroup",), "cgroup", "/"
    ),
    "a container of Docker, version 1": Seen(
        "4:cpu:/docker/ab34\n",
        (("/docker/ab34", "cgroup/cpu", V1_MOUNT.format("cpu")),),
        ("cgroup/cpu",),
        "cgroup/cpu",
        "/",
    ),
    "a pod of Kubernetes, version 1": Seen(
        f"4:cpu,cpuacct:{KUBERNETES}\n",
        ((KUBERNETES, "cgroup/cpu,cpuacct", V1_MOUNT.format("cpu,cpuacct")),),
        ("cgroup/cpu,cpuacct",),
        "cgroup/cpu,cpuacct",
        "/",
    ),
    "the orchestrator's container, the host's tree beside its own, version 1": Seen(
        "4:cpu:/docker/ab34\n",
        (
            ("/docker/ab34", "cgroup/cpu", V1_MOUNT.format("cpu")),
            ("/", "host/cgroup/cpu", V1_MOUNT.format("cpu")),
        ),
        ("cgroup/cpu", "host/cgroup/cpu/docker/ab34"),
        "host/cgroup/cpu/docker/ab34",
        "/docker/ab34",
    ),
    "the orchestrator's container, the host's tree beside its own, version 2": Seen(
        "0::/\n",
        (("/", "cgroup", V2_MOUNT), ("/../..", "host/cgroup", V2_MOUNT)),
        ("cgroup", "host/cgroup/system.slice/docker-ab34.scope", "host/cgroup/system.slice/other"),
        "host/cgroup/system.slice/docker-ab34.scope",
        "/system.slice/docker-ab34.scope",
    ),
    "a process beside the namespace, the host's tree mounted": Seen(
        "0::/../docker-cd56.scope\n",
        (("/", "cgroup", V2_MOUNT), ("/../..", "host/cgroup", V2_MOUNT)),
        ("cgroup", "host/cgroup/system.slice/docker-cd56.scope"),
        "host/cgroup/system.slice/docker-cd56.scope",
        "/system.slice/docker-cd56.scope",
    ),
    "a mount of another root that holds the process": Seen(
        "4:cpu:/\n",
        (("/docker/ab34", "cgroup/cpu", V1_MOUNT.format("cpu")),),
        ("cgroup/cpu",),
        "cgroup/cpu",
        "/",
    ),
}


def seen(made: Seen, root: Path) -> Path:
    """Write what is seen below a folder; return its /proc. The innermost cgroup holds us."""
    process = root / "proc" / "self"
    process.mkdir(parents=True)
    (process / "cgroup").write_text(made.cgroup)
    lines = [
        f"{number} 1 0:{number} {mount_root} {root}/{point} rw,nosuid shared:{number} {system}"
        for number, (mount_root, point, system) in enumerate(made.mounts, start=30)
    ]
    head = "22 1 254:0 / / rw,relatime - ext4 /dev/root rw"
    (process / "mountinfo").write_text("\n".join([head, *lines]) + "\n")
    for folder in made.folders:
        (root / folder).mkdir(parents=True)
    place = root / made.found
    (place / "cgroup.procs").write_text(f"1\n{os.getpid()}\n")
    (place / "cpu.max").write_text("50000 100000\n")
    (place / "cpu.cfs_quota_us").write_text("50000\n")
    (place / "cpu.cfs_period_us").write_text("100000\n")
    return root / "proc"


@pytest.mark.parametrize("name", SEEN)
def test_a_process_finds_its_quota_wherever_it_runs(tmp_path: Path, name: str) -> None:
    proc = seen(SEEN[name], tmp_path)
    assert own_quota(proc) == CpuQuota(0.5, SEEN[name].shown)
    found = bandwidth(os.getpid(), proc / "self", proc)
    assert found is not None
    assert found.folder == tmp_path / SEEN[name].found


def test_a_quota_on_a_parent_is_seen_through_the_hosts_tree(tmp_path: Path) -> None:
    made = SEEN["the orchestrator's container, the host's tree beside its own, version 2"]
    proc = seen(made, tmp_path)
    parent = (tmp_path / made.found).parent
    (parent / "cpu.max").write_text("20000 100000\n")
    assert own_quota(proc) == CpuQuota(0.2, "/system.slice")


@pytest.mark.parametrize(
    "cgroup",
    ["", "garbage\n", "4:memory:/a\n", "0::/../beside\n", "0::/gone\n", "4:cpu:/a\n"],
)
def test_what_is_not_seen_bounds_nothing(tmp_path: Path, cgroup: str) -> None:
    proc = seen(SEEN["a container in a cgroup namespace, version 2"], tmp_path)
    (proc / "self" / "cgroup").write_text(cgroup)
    (tmp_path / "cgroup" / "cgroup.procs").write_text("1\n")
    assert own_quota(proc) is None


def test_a_process_without_proc_has_no_quota(tmp_path: Path) -> None:
    assert own_quota(tmp_path) is None


def test_the_cpu_controller_is_told_from_others_that_begin_alike() -> None:
    assert parse_cgroup("2:cpuset:/a\n3:cpuacct:/b\n4:cpu:/c\n0::/d\n") == (1, "/c")
    assert parse_cgroup("2:cpuset:/a\n3:cpuacct:/b\n0::/d\n") == (2, "/d")
    cpuset = f"31 1 0:31 / /sys/fs/cgroup/cpuset rw {V1_MOUNT.format('cpuset')}"
    assert list(parse_mounts(cpuset)) == []


@pytest.mark.parametrize(
    ("root", "path", "place"),
    [
        ("/", "/a/b", "a/b"),
        ("/a", "/a/b", "b"),
        ("/a", "/ab", None),
        ("/a/b", "/a", None),
        ("/", "/", ""),
        ("/..", "/", "*"),
        ("/../..", "/a", "*/*/a"),
        ("/../..", "/../b", "*/b"),
        ("/../c", "/../c/d", "d"),
        ("/../c", "/d", None),
        ("/", "/../b", None),
    ],
)
def test_a_cgroup_is_looked_for_below_a_mounts_root(
    root: str, path: str, place: str | None
) -> None:
    assert below(root, path) == place
