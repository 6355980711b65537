"""What an engine was asked for against what it says, and what the kernel says, of a container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.errors import HostError
from clusterbench.host import cgroup
from clusterbench.host.cgroup import Cgroup
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Bytes
from clusterbench.runtime.docker.verification import (
    about_limits,
    engine_warnings,
    missing_limits,
    verify,
)
from support.stand_in_containers import FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ID = "a1463b740378f889c3f45e6db70f73e595e4ae25abe60356eec09a96717ea04a"
LIMIT = Bytes(4 << 30)

# What a rootless engine without delegated controllers answers (Docker 26, `docker info`).
ROOTLESS = {
    "CPUSet": False,
    "CpuCfsQuota": False,
    "MemoryLimit": False,
    "Warnings": [
        "WARNING: No memory limit support",
        "WARNING: No cpu cfs quota support",
        "WARNING: No cpuset support",
        "WARNING: bridge-nf-call-iptables is disabled",
    ],
}


class Kept:
    """A container as its engine keeps it."""

    def __init__(self, **host_config: object) -> None:
        self.id, self.name = ID, "lab-server-1"
        kept = {"CpusetCpus": "0", "Memory": 4 << 30, "NanoCpus": 0, "CpuQuota": 0, "CpuPeriod": 0}
        self.attrs: dict[str, Any] = {
            "HostConfig": {**kept, **host_config},
            "Config": {"Healthcheck": {"Test": ["NONE"]}},
            "State": {"Pid": 77},
        }

    def reload(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "find", lambda _id: None)


def test_what_was_asked_for_and_is_passes(tmp_path: Path) -> None:
    verify(Kept(), FIRST, LIMIT, tmp_path)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"CpusetCpus": ""}, "CPU set: 0 was asked for, and it is unpinned"),
        ({"CpusetCpus": "0-1"}, "CPU set: 0 was asked for, and it is 0-1"),
        ({"Memory": 0}, "memory limit: 4294967296 was asked for, and it is none"),
        ({"NanoCpus": 500_000_000}, "CPU quota: none was asked for, and it is 0.5 CPUs"),
        ({"CpuQuota": 25_000, "CpuPeriod": 50_000}, "CPU quota: none was asked for, and it is 0.5"),
        ({"CpuQuota": 50_000}, "CPU quota: none was asked for, and it is 0.5 CPUs"),
    ],
)
def test_a_limit_that_the_engine_dropped_or_added_is_refused_by_name(
    tmp_path: Path, kept: Mapping[str, object], said: str
) -> None:
    with pytest.raises(HostError, match=said) as refused:
        verify(Kept(**kept), FIRST, LIMIT, tmp_path)
    assert "docker info" in str(refused.value)
    assert "lab-server-1" in str(refused.value)


def test_a_health_check_that_runs_in_a_servers_account_is_refused(tmp_path: Path) -> None:
    container = Kept()
    container.attrs["Config"]["Healthcheck"] = {"Test": ["CMD", "probe"]}
    with pytest.raises(HostError, match="health check: none was asked for, and it is CMD probe"):
        verify(container, FIRST, LIMIT, tmp_path)


def test_sides_that_are_not_pinned_ask_for_no_cpus(tmp_path: Path) -> None:
    verify(Kept(CpusetCpus=""), CpuSet(), LIMIT, tmp_path)


@pytest.mark.parametrize(
    ("cpus", "memory", "said"),
    [
        ("0", "4294967296", None),
        ("0", "4294963200", None),  # rounded to a page
        ("0-1", "4294967296", "CPU set: 0 was asked for, and it is 0-1 by the kernel"),
        ("1", "4294967296", "CPU set: 0 was asked for, and it is 1 by the kernel"),
        ("0", "max", "memory limit: 4294967296 was asked for, and it is none by the kernel"),
        ("0", "1073741824", "and it is 1073741824 by the kernel"),
    ],
)
def test_the_kernel_has_the_last_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cpus: str, memory: str, said: str | None
) -> None:
    (tmp_path / "cpuset.cpus.effective").write_text(f"{cpus}\n")
    (tmp_path / "memory.max").write_text(f"{memory}\n")
    monkeypatch.setattr(cgroup, "find", lambda _id: Cgroup(2, tmp_path, tmp_path, tmp_path))
    if said is None:
        verify(Kept(), FIRST, LIMIT, tmp_path)
        return
    with pytest.raises(HostError, match=said):
        verify(Kept(), FIRST, LIMIT, tmp_path)


@pytest.mark.parametrize(
    ("group", "refused"), [(f"4:cpu:/docker/{ID}\n", True), ("4:cpu:/docker/other\n", False)]
)
def test_without_its_cgroup_a_process_that_is_surely_its_own_is_asked(
    tmp_path: Path, group: str, *, refused: bool
) -> None:
    process = tmp_path / "77"
    process.mkdir()
    (process / "cgroup").write_text(group)
    (process / "status").write_text("Name:\tserver\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n")
    if not refused:
        verify(Kept(), FIRST, LIMIT, tmp_path)
        return
    with pytest.raises(HostError, match="CPU set: 0 was asked for, and it is 0-1 by the kernel"):
        verify(Kept(), FIRST, LIMIT, tmp_path)


def test_an_engine_is_believed_that_it_cannot_apply_limits() -> None:
    assert missing_limits(ROOTLESS) == ["CPU sets", "memory limits"]
    assert missing_limits({"CPUSet": True, "MemoryLimit": True}) == []
    assert missing_limits({}) == []


def test_all_that_an_engine_warns_of_is_repeated_and_a_run_is_told_of_limits() -> None:
    warned = engine_warnings(ROOTLESS)
    assert warned == ROOTLESS["Warnings"]
    assert [line for line in warned if about_limits(line)] == warned[:3]
    assert engine_warnings({"Warnings": None}) == []
