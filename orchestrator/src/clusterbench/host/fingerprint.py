"""The host's part of the fingerprint: what of this machine the figures depend on.

Parsers are pure and take text; `read_host` is the one reader.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.host.own_cgroup import own_quota
from clusterbench.host.procfs import fields, read_text, size
from clusterbench.host.sysfs import read_topology
from clusterbench.model.cpus import CpuSet
from clusterbench.model.numbers import plural
from clusterbench.model.records import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.cpus import CpuQuota
    from clusterbench.model.topology import Topology

UNKNOWN = "unknown"
_L3 = 3


def read_host(root: Path = Path("/"), topology: Topology | None = None) -> Mapping[str, str]:
    """Read what the figures depend on, each as a text; `unknown` where the kernel does not say."""
    there = topology or read_topology(root / "sys/devices/system")
    cpuinfo = read_text(root / "proc/cpuinfo")
    return {
        "cpu": parse_cpu_model(cpuinfo) or platform.machine(),
        "architecture": platform.machine(),
        "cores": describe_cores(there),
        "smt": read_text(root / "sys/devices/system/cpu/smt/control").strip() or UNKNOWN,
        "memory": parse_memory(read_text(root / "proc/meminfo")),
        "kernel": platform.release(),
        "governor": read_governor(root / "sys/devices/system/cpu", there),
        "virtualisation": parse_virtualisation(
            cpuinfo, read_text(root / "sys/class/dmi/id/sys_vendor").strip()
        ),
        "cgroup": cgroup_version(root / "sys/fs/cgroup"),
        "quota": describe_quota(own_quota(root / "proc")),
    }


def of_this_host(
    *,
    engine: Mapping[str, str],
    images: Mapping[str, str],
    software: Mapping[str, Mapping[str, str]],
    digests: Mapping[str, str] | None = None,
) -> Fingerprint:
    """Return the fingerprint of a run on this host, under its load of now."""
    return Fingerprint(
        host=read_host(),
        engine=engine,
        images=images,
        software=software,
        load=os.getloadavg(),
        digests=digests or {},
    )


def describe_cores(topology: Topology) -> str:
    """Return how many cores there are, e.g. `8 cores, 16 CPUs, 2 L3 caches, 1 NUMA node`.

    Kinds of core, packages and CPUs without an L3 are named where there is more than the usual.
    """
    kinds = topology.count_kinds(topology.cores)
    cores = plural(len(topology.cores), "core") + (f" ({kinds})" if kinds else "")
    parts = [cores, plural(len(topology.online), "CPU"), _describe_caches(topology)]
    if len(topology.packages) > 1:
        parts.append(plural(len(topology.packages), "package"))
    return ", ".join([*parts, plural(len(topology.nodes), "NUMA node")])


def _describe_caches(topology: Topology) -> str:
    listed = [cache for cache in topology.caches if cache.level == _L3]
    if not listed:
        return "no L3 cache listed"
    without = [cpu for cache in topology.caches if cache not in listed for cpu in cache.cpus]
    rest = f" (none listed for CPUs {CpuSet(tuple(without))})" if without else ""
    return plural(len(listed), "L3 cache") + rest


def describe_quota(quota: CpuQuota | None) -> str:
    """Return how much CPU time a quota allows, without its cgroup: that can change by the start."""
    return quota.amount if quota else "none"


def parse_cpu_model(cpuinfo: str) -> str:
    """Return the CPU's name from /proc/cpuinfo, or `` where it has none (most ARM machines)."""
    said = fields(cpuinfo)
    name = said.get("model name") or said.get("Model") or said.get("Hardware") or ""
    return " ".join(name.split())


def parse_memory(meminfo: str) -> str:
    """Return all memory from /proc/meminfo, as `23.5 GiB`."""
    total = size(fields(meminfo).get("MemTotal", ""))
    # One decimal: the kernel's own share moves the rest by megabytes from boot to boot.
    return f"{total / 2**30:.1f} GiB" if total else UNKNOWN


def parse_virtualisation(cpuinfo: str, vendor: str) -> str:
    """Return whether this is a virtual machine: `none`, or `virtual machine` and by whom."""
    flags = fields(cpuinfo).get("flags")
    if flags is None:
        return UNKNOWN
    if "hypervisor" in flags.split():
        return f"virtual machine ({vendor})" if vendor else "virtual machine"
    return "none"


def read_governor(cpus: Path, topology: Topology) -> str:
    """Return the CPUs' frequency governors; `unknown` where the host shows none, as most VMs."""
    paths = (cpus / f"cpu{cpu}/cpufreq/scaling_governor" for cpu in topology.online)
    return ", ".join(sorted({read_text(path).strip() for path in paths} - {""})) or UNKNOWN


def cgroup_version(root: Path) -> str:
    """Return which version of control groups is mounted: `v1` or `v2`."""
    if (root / "cgroup.controllers").exists():
        return "v2"
    return "v1" if (root / "memory").is_dir() else UNKNOWN
