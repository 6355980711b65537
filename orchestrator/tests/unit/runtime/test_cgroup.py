from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.host import cgroup
from clusterbench.model.cpus import CpuQuota
from clusterbench.model.execution import Unknown

if TYPE_CHECKING:
    from pathlib import Path

ID = "a1463b740378f889c3f45e6db70f73e595e4ae25abe60356eec09a96717ea04a"
OTHER = "83e75d4608dfecb8f5293f1beabbb359feda5b333b2887b6d3d95182556b15e5"

# As recorded from a container each: v1 of kernel 6.18 with cgroupfs, v2 of kernel 6.1.
V1 = {
    "cpuacct.usage": "38714590\n",
    "memory.usage_in_bytes": "2732032\n",
    "memory.max_usage_in_bytes": "3788800\n",
    "memory.stat": (
        "cache 2211840\nrss 98304\ninactive_file 2199552\n"
        "total_cache 2211840\ntotal_inactive_file 2199552\ntotal_active_file 12288\n"
    ),
}
V2 = {
    "cpu.stat": (
        "usage_usec 1467627\nuser_usec 1201883\nsystem_usec 265744\nnr_periods 0\n"
        "nr_throttled 0\nthrottled_usec 0\n"
    ),
    "cpu.pressure": (
        "some avg10=12.01 avg60=4.55 avg300=1.10 total=2514321\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    ),
    "memory.current": "60841984\n",
    "memory.peak": "217473024\n",
    "memory.stat": (
        "anon 41943040\nfile 12288000\nshmem 4096\ninactive_anon 41000960\ninactive_file 841984\n"
    ),
}


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def v1(root: Path, cpu: str, place: str, container: str = ID) -> None:
    place = place.format(container)
    write(root / cpu / place, {"cpuacct.usage": V1["cpuacct.usage"]})
    write(root / "memory" / place, {k: v for k, v in V1.items() if k.startswith("memory")})


def v2(root: Path, place: str, files: dict[str, str] = V2) -> None:
    write(root / place.format(ID), files)
    (root / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")


@pytest.mark.parametrize("cpu", ["cpuacct", "cpu,cpuacct"])
@pytest.mark.parametrize(
    "place",
    ["docker/{}", "system.slice/docker-{}.scope", "lab.slice/lab-own.slice/docker-{}.scope"],
)
def test_version_1_is_read_wherever_the_driver_puts_it(
    tmp_path: Path, cpu: str, place: str
) -> None:
    v1(tmp_path, cpu, "docker/{}", OTHER)
    v1(tmp_path, cpu, place)
    found = cgroup.find(ID, [tmp_path])
    assert found is not None
    counters = found.read()
    assert counters.cpu == pytest.approx(0.03871459)
    assert counters.memory == 2732032 - 2211840
    assert counters.peak_memory == 3788800
    assert counters.peak_without_files == 3788800 - 2211840
    assert isinstance(counters.pressure, Unknown)
    assert "version 1" in counters.pressure.why


@pytest.mark.parametrize(
    "place",
    [
        "docker/{}",
        "system.slice/docker-{}.scope",
        "user.slice/user-1000.slice/user@1000.service/user.slice/docker-{}.scope",
    ],
)
def test_version_2_is_read_wherever_the_driver_puts_it(tmp_path: Path, place: str) -> None:
    v2(tmp_path, place)
    found = cgroup.find(ID, [tmp_path])
    assert found is not None
    counters = found.read()
    assert counters.cpu == pytest.approx(1.467627)
    assert counters.memory == 60841984 - (12288000 - 4096)
    assert counters.peak_memory == 217473024
    assert counters.peak_without_files == 217473024 - (12288000 - 4096)
    assert counters.pressure == pytest.approx(2.514321)


@pytest.mark.parametrize("text", ["", "some avg10=0.00\n", "full avg10=0.00 total=12\n", "some"])
def test_a_kernel_without_pressure_has_none_and_a_reason(tmp_path: Path, text: str) -> None:
    v2(tmp_path, "docker/{}", {**V2, "cpu.pressure": text})
    found = cgroup.find(ID, [tmp_path])
    assert found is not None
    told = found.read().pressure
    assert isinstance(told, Unknown)
    assert "PSI" in told.why


def test_version_1_reads_each_controller_in_its_own_tree(tmp_path: Path) -> None:
    v1(tmp_path, "cpuacct", "docker/{}")
    limit = {"cpu.cfs_period_us": "100000\n"}
    stat = "nr_periods 159\nnr_throttled 154\nthrottled_time 7537383973\n"
    write(tmp_path / "cpu" / "docker", {**limit, "cpu.cfs_quota_us": "50000\n", "cpu.stat": stat})
    write(tmp_path / "cpu" / "docker" / ID, {**limit, "cpu.cfs_quota_us": "-1\n"})
    write(tmp_path / "cpuset" / "docker" / ID, {"cpuset.cpus": "0-3\n"})
    (tmp_path / "memory" / "docker" / ID / "memory.limit_in_bytes").write_text("4294967296\n")
    found = cgroup.find(ID, [tmp_path])
    assert found is not None
    counters = found.read()
    assert (counters.quota, counters.cpus) == (0.5, 4)
    assert counters.throttled == pytest.approx(7.537383973)
    assert found.cpus() == (0, 1, 2, 3)
    assert found.memory_limit() == 4 << 30
    assert cgroup.quota_over(ID, [tmp_path]) == CpuQuota(0.5, "/docker")


def test_version_2_reads_quotas_up_to_the_root_and_the_cpus_that_parents_leave(
    tmp_path: Path,
) -> None:
    stat = V2["cpu.stat"].replace("throttled_usec 0", "throttled_usec 2500000")
    own = {"cpu.max": "max 100000\n", "cpuset.cpus.effective": "2\n", "memory.max": "max\n"}
    v2(tmp_path, "ci.slice/docker-{}.scope", {**V2, **own})
    (tmp_path / "ci.slice" / "cpu.max").write_text("25000 50000\n")
    (tmp_path / "ci.slice" / "cpu.stat").write_text(stat)
    found = cgroup.find(ID, [tmp_path])
    assert found is not None
    counters = found.read()
    assert (counters.quota, counters.cpus) == (0.5, 1)
    assert counters.throttled == pytest.approx(2.5)
    assert found.cpus() == (2,)
    assert found.memory_limit() is None
    assert cgroup.quota_over(ID, [tmp_path]) == CpuQuota(0.5, "/ci.slice")


def test_memory_is_the_same_whoever_read_the_servers_files_first(tmp_path: Path) -> None:
    found = []
    for name, files in {"first": 50_000_000, "later": 0}.items():
        charged = {
            "memory.current": f"{90_000_000 + files}\n",
            "memory.peak": f"{95_000_000 + files}\n",
            "memory.stat": f"anon 90000000\nfile {files}\nshmem 0\n",
        }
        v2(tmp_path / name, "docker/{}", {**V2, **charged})
        cgroup_of = cgroup.find(ID, [tmp_path / name])
        assert cgroup_of is not None
        counters = cgroup_of.read()
        found.append((counters.memory, counters.peak_without_files))
    assert found == [(90_000_000, 95_000_000)] * 2


def test_a_kernel_without_memory_peak_gives_no_peak(tmp_path: Path) -> None:
    v2(tmp_path, "docker/{}", {name: text for name, text in V2.items() if name != "memory.peak"})
    found = cgroup.find(ID, [tmp_path])
    assert found is not None
    counters = found.read()
    assert counters.peak_memory is None
    assert counters.peak_without_files == counters.memory


def test_the_first_tree_that_has_the_container_is_taken(tmp_path: Path) -> None:
    v2(tmp_path / "b", "docker/{}")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "cgroup.controllers").write_text("")
    found = cgroup.find(ID, [tmp_path / "none", tmp_path / "a", tmp_path / "b"])
    assert found is not None
    assert found.cpu.is_relative_to(tmp_path / "b")


def test_a_container_of_another_machine_is_not_found(tmp_path: Path) -> None:
    v1(tmp_path, "cpuacct", "docker/{}", OTHER)
    assert cgroup.find(ID, [tmp_path]) is None


def test_a_container_that_ended_cannot_be_read(tmp_path: Path) -> None:
    found = cgroup.Cgroup(1, tmp_path / "gone", tmp_path / "gone")
    with pytest.raises(OSError, match="gone"):
        found.read()
