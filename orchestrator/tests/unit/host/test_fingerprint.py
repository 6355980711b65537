from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.host import fingerprint
from clusterbench.model.cpus import CpuQuota
from support.machines import MACHINES

if TYPE_CHECKING:
    from pathlib import Path

# The heads of three machines' /proc/cpuinfo.
RYZEN = """\
processor\t: 0
vendor_id\t: AuthenticAMD
model name\t: AMD Ryzen 7 1700 Eight-Core  Processor
flags\t\t: fpu vme de pse tsc msr pae

processor\t: 1
model name\t: something else
"""
CLOUD = "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu vme hypervisor lahf_lm\n"
ARM = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd\n\nModel\t\t: Raspberry Pi 4\n"


@pytest.mark.parametrize(
    ("cpuinfo", "model"),
    [
        (RYZEN, "AMD Ryzen 7 1700 Eight-Core Processor"),
        (CLOUD, "AMD EPYC"),
        (ARM, "Raspberry Pi 4"),
    ],
)
def test_the_cpus_name_is_that_of_the_first(cpuinfo: str, model: str) -> None:
    assert fingerprint.parse_cpu_model(cpuinfo) == model


@pytest.mark.parametrize(
    ("cpuinfo", "vendor", "found"),
    [
        (RYZEN, "", "none"),
        (CLOUD, "", "virtual machine"),
        (CLOUD, "Amazon EC2", "virtual machine (Amazon EC2)"),
        (ARM, "", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_a_virtual_machine_is_told_by_its_cpus_flags(cpuinfo: str, vendor: str, found: str) -> None:
    assert fingerprint.parse_virtualisation(cpuinfo, vendor) == found


def test_memory_is_rounded_to_what_stays_from_boot_to_boot() -> None:
    assert fingerprint.parse_memory("MemTotal:       24683652 kB\nMemFree: 1 kB\n") == "23.5 GiB"
    assert fingerprint.parse_memory("") == "unknown"


def test_a_host_is_read_from_its_files(tmp_path: Path) -> None:
    system = tmp_path / "sys/devices/system"
    topology = MACHINES["Ryzen 7 1700"].read(system.parent)
    for name, text in {
        "proc/cpuinfo": RYZEN,
        "proc/meminfo": "MemTotal: 16777216 kB\n",
        "sys/devices/system/cpu/smt/control": "on\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
        "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "powersave\n",
        "sys/fs/cgroup/cgroup.controllers": "cpu\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = fingerprint.read_host(tmp_path, topology)
    assert found["cpu"] == "AMD Ryzen 7 1700 Eight-Core Processor"
    assert found["cores"] == "8 cores, 16 CPUs, 2 L3 caches, 1 NUMA node"
    assert found["memory"] == "16.0 GiB"
    assert found["smt"] == "on"
    assert found["governor"] == "performance, powersave"
    assert found["cgroup"] == "v2"
    assert found["virtualisation"] == "none"


@pytest.mark.parametrize(
    ("machine", "cores"),
    [
        (
            "Lunar Lake 258V",
            "8 cores (4 P, 4 E), 8 CPUs, 1 L3 cache (none listed for CPUs 4-7), 1 NUMA node",
        ),
        ("virtual machine without topology", "4 cores, 4 CPUs, no L3 cache listed, 1 NUMA node"),
        (
            "two sockets of Epyc 7313",
            "32 cores, 64 CPUs, 8 L3 caches, 2 packages, 4 NUMA nodes",
        ),
    ],
)
def test_cores_are_described_by_what_the_kernel_lists(
    tmp_path: Path, machine: str, cores: str
) -> None:
    assert fingerprint.describe_cores(MACHINES[machine].read(tmp_path)) == cores


def test_a_host_that_shows_nothing_gives_no_error(tmp_path: Path) -> None:
    topology = MACHINES["two cores"].read(tmp_path / "elsewhere")
    found = fingerprint.read_host(tmp_path, topology)
    assert found["governor"] == found["memory"] == found["smt"] == found["cgroup"] == "unknown"
    assert found["cpu"]


def test_a_quota_is_kept_without_its_cgroup_which_changes_with_each_start() -> None:
    assert fingerprint.describe_quota(CpuQuota(0.5, "/run-u17.scope")) == "0.5 CPUs"
    assert fingerprint.describe_quota(None) == "none"


def test_this_very_host_is_read_twice_the_same() -> None:
    assert fingerprint.read_host() == fingerprint.read_host()
