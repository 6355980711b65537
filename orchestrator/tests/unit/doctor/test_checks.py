from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.doctor import checks, findings
from clusterbench.doctor.findings import Finding, State
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.model.cpus import CpuQuota
from support.machines import MACHINES

if TYPE_CHECKING:
    from pathlib import Path

GIB = 2**30
HALF = CpuQuota(0.5, "/ci/pod")


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        (findings.governor("performance"), State.OK),
        (findings.governor("unknown"), State.OK),
        (findings.governor("powersave"), State.WARN),
        (findings.governor("performance, powersave"), State.WARN),
        (findings.turbo(None), State.OK),
        (findings.turbo(on=False), State.OK),
        (findings.turbo(on=True), State.WARN),
        (findings.virtualisation("none"), State.OK),
        (findings.virtualisation("virtual machine (QEMU)"), State.WARN),
        (findings.stolen(0.001), State.OK),
        (findings.stolen(0.05), State.WARN),
        (findings.load(0.02, 4.0), State.OK),
        (findings.load(None, 4.0), State.OK),
        (findings.load(0.5, 4.0), State.WARN),
        (findings.busy({"idle 1": 0.02}), State.OK),
        (findings.busy({"make 1": 0.9}), State.WARN),
        (findings.disk(50 * GIB, "results"), State.OK),
        (findings.disk(1 * GIB, "results"), State.WARN),
        (findings.disk(GIB // 10, "results"), State.MISSING),
        (findings.memory(16 * GIB), State.OK),
        (findings.memory(2 * GIB), State.WARN),
        (findings.memory(GIB // 2), State.MISSING),
        (findings.quota(None, 8, "process"), State.OK),
        (findings.quota(HALF, 8, "process"), State.WARN),
        (findings.quota(HALF, 8, "docker"), State.OK),
        (findings.quota(CpuQuota(2.0, "/ci"), 64, "process"), State.OK),
        (findings.quota(CpuQuota(1.5, "/ci"), 64, "process"), State.WARN),
        (findings.quota(CpuQuota(1.0, "/ci"), 1, "process"), State.OK),
        (findings.engine_warning("WARNING: No cpuset support"), State.WARN),
        (findings.engine_limits([]), State.OK),
        (findings.engine_limits(["CPU sets"]), State.MISSING),
        (findings.compose("2.26.1-4"), State.OK),
        (findings.compose("v2.40.0"), State.OK),
        (findings.compose("1.29.2"), State.MISSING),
        (findings.compose(None), State.MISSING),
        (findings.tool("h2load", "/usr/bin/h2load", "install it"), State.OK),
        (findings.tool("h2load", None, "install it"), State.WARN),
        (findings.tool("python venv", None, "install it", needed=True), State.MISSING),
    ],
)
def test_what_is_not_well_comes_with_a_remedy(finding: Finding, state: State) -> None:
    assert finding.state is state
    assert bool(finding.remedy) == (state is not State.OK)


def test_the_share_of_busy_cpus_is_that_of_the_time_between_two_readings() -> None:
    before = CpuTimes(at=10.0, busy={0: 100.0, 1: 50.0})
    now = CpuTimes(at=12.0, busy={0: 101.0, 1: 52.0})
    assert checks.busy_share(before, now) == 0.75
    assert checks.busy_share(None, now) is None
    assert checks.busy_share(now, now) is None


def test_a_quota_is_named_with_its_cgroup_and_what_it_does() -> None:
    assert findings.quota(HALF, 8, "process").found == (
        "0.5 CPUs for this process (cgroup /ci/pod); figures would be throttled"
    )
    assert findings.quota(CpuQuota(2.0, "/ci"), 64, "process").found == (
        "2 CPUs for this process (cgroup /ci); plans shrink to it, and unpinned ones are throttled"
    )


@pytest.mark.parametrize(("runtime", "state"), [("process", State.WARN), ("docker", State.OK)])
def test_noise_holds_the_quota_of_what_runs_in_this_process(
    monkeypatch: pytest.MonkeyPatch, runtime: str, state: State
) -> None:
    monkeypatch.setattr(checks, "own_quota", lambda: CpuQuota(0.25, "/ci"))
    (found,) = [each for each in checks.noise(runtime) if each.subject == "CPU quota"]
    assert found.state is state
    assert "0.25 CPUs" in found.found


def test_the_busiest_processes_are_named() -> None:
    found = findings.busy({"a 1": 0.2, "b 2": 0.9, "c 3": 0.0, "d 4": 0.3, "e 5": 0.4}).found
    assert found == "b 2 (90% of a CPU), e 5 (40% of a CPU), d 4 (30% of a CPU)"


@pytest.mark.parametrize(("machine", "state"), [("one core", State.WARN), ("two cores", State.OK)])
def test_one_core_cannot_keep_the_sides_apart(tmp_path: Path, machine: str, state: State) -> None:
    assert findings.cpus(MACHINES[machine].read(tmp_path), "cores").state is state


def test_doctor_says_which_plans_put_the_sides_on_different_kinds_of_core(tmp_path: Path) -> None:
    found = findings.placement(MACHINES["Lunar Lake 258V"].read(tmp_path))
    assert found.state is State.WARN
    assert found.found == (
        "ryzen-7-1700: cores of different kinds: server 4 P, generator 4 E; "
        "two-core: cores of different kinds: server 2 P, generator 4 E; "
        "unpinned: cores of different kinds: 4 P, 4 E"
    )


def test_doctor_says_which_plans_reach_over_packages_and_nodes(tmp_path: Path) -> None:
    found = findings.placement(MACHINES["two sockets of Epyc 7313"].read(tmp_path))
    assert found.state is State.WARN
    assert found.found == (
        "one-core, two-core: generator on 2 packages and 4 NUMA nodes; "
        "unpinned: both sides on 2 packages and 4 NUMA nodes"
    )


def test_doctor_finds_nothing_in_plans_on_cores_that_are_all_alike(tmp_path: Path) -> None:
    assert findings.placement(MACHINES["Ryzen 7 1700"].read(tmp_path)).state is State.OK


@pytest.mark.parametrize(
    ("machine", "found"),
    [
        ("eight cores", "off"),
        ("Ryzen 7 1700", "on; plans use one CPU of each core"),
        ("Raptor Lake 13900K", "on for 8 cores; plans use one CPU of each core"),
    ],
)
def test_smt_is_said_of_the_cores_that_have_it(tmp_path: Path, machine: str, found: str) -> None:
    assert findings.smt(MACHINES[machine].read(tmp_path)).found == found


def test_stolen_time_is_its_share_since_the_boot() -> None:
    assert checks.parse_steal("cpu  10 0 10 70 0 0 0 10 0 0\ncpu0 1 1\n") == pytest.approx(0.1)
    assert checks.parse_steal("") == 0.0


@pytest.mark.parametrize(
    ("file", "text", "on"),
    [
        ("intel_pstate/no_turbo", "1\n", False),
        ("intel_pstate/no_turbo", "0\n", True),
        ("cpufreq/boost", "1\n", True),
        ("cpufreq/boost", "0\n", False),
        ("nothing", "", None),
    ],
)
def test_turbo_is_read_from_either_driver(
    tmp_path: Path, file: str, text: str, on: bool | None
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert checks.read_turbo(tmp_path) is on


@pytest.mark.parametrize("runtime", ["docker", "process"])
def test_doctor_looks_at_what_the_runtime_needs_and_at_noise(
    tmp_path: Path, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_SOCKET", f"{tmp_path}/none.sock")
    subjects = {
        f.subject: f for f in checks.doctor(results=tmp_path / "new/folder", runtime=runtime)
    }
    noise = {"CPUs", "CPU plans", "SMT", "governor", "turbo", "load", "memory", "disk", "browser"}
    assert noise <= set(subjects)
    assert ("engine" in subjects) == (runtime == "docker")
    assert ({"cargo", "go", "h2load", "python venv"} <= set(subjects)) == (runtime == "process")
    if runtime == "docker":
        assert subjects["engine"].state is State.MISSING
        assert f"unix://{tmp_path}/none.sock (DOCKER_SOCKET)" in subjects["engine"].found


ABOUT = {"engine": "26.1", "cgroup": "v2", "endpoint": "unix:///x (context y)", "kernel": "6.1"}


def test_the_engine_is_named_by_what_it_was_found_and_whose_users_it_has() -> None:
    found = findings.engine(ABOUT, "6.1")
    assert found.found == "Docker 26.1, cgroup v2, at unix:///x (context y)"
    assert found.state is State.OK
    assert "v2, users rootless, at" in findings.engine({**ABOUT, "users": "rootless"}, "6.1").found


def test_an_engine_in_a_virtual_machine_has_findings_of_its_own() -> None:
    found = findings.engine(ABOUT, "6.18")
    assert found.state is State.WARN
    assert "orchestrator doctor" in found.remedy
