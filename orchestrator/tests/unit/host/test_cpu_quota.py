from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.host.cpu_quota import CpuBandwidth, parse_quota, parse_throttled
from clusterbench.model.cpus import CpuQuota

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# cpu.stat as recorded: v1 of kernel 6.18 in a quota of half a CPU, v2 of kernel 6.1.
V1_STAT = "nr_periods 159\nnr_throttled 154\nthrottled_time 7537383973\nnr_bursts 0\nburst_time 0\n"
V2_STAT = (
    "usage_usec 1467627\nuser_usec 1201883\nsystem_usec 265744\ncore_sched.force_idle_usec 0\n"
    "nr_periods 159\nnr_throttled 154\nthrottled_usec 7537383\nnr_bursts 0\nburst_usec 0\n"
)


def v1(quota: str, stat: str = "") -> Mapping[str, str]:
    files = {"cpu.cfs_quota_us": f"{quota}\n", "cpu.cfs_period_us": "100000\n"}
    return {**files, **({"cpu.stat": stat} if stat else {})}


def v2(quota: str, stat: str = "") -> Mapping[str, str]:
    return {"cpu.max": f"{quota} 100000\n", **({"cpu.stat": stat} if stat else {})}


def tree(root: Path, **cgroups: Mapping[str, str]) -> Path:
    """Nest cgroups below `root`, which is `top`; return the innermost."""
    folder = root
    for name, files in cgroups.items():
        folder = root if name == "top" else folder / name
        folder.mkdir(exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("quota", "period", "cpus"),
    [
        ("50000", "100000", 0.5),
        ("200000", "100000", 2.0),
        ("25000", "50000", 0.5),
        ("-1", "100000", None),
        ("max", "100000", None),
        ("", "", None),
        ("50000", "0", None),
    ],
)
def test_a_quota_is_its_share_of_a_period(quota: str, period: str, cpus: float | None) -> None:
    assert parse_quota(quota, period) == cpus


@pytest.mark.parametrize(("stat", "seconds"), [(V1_STAT, 7.537383973), (V2_STAT, 7.537383)])
def test_throttled_time_is_read_in_the_unit_of_its_version(stat: str, seconds: float) -> None:
    assert parse_throttled(stat) == pytest.approx(seconds)


def test_a_cgroup_without_the_controller_was_not_throttled() -> None:
    assert parse_throttled("usage_usec 5\n") == parse_throttled("") == 0.0


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("quotas", "least"),
    [
        (("none", "none", "50000"), CpuQuota(0.5, "/ci/pod")),
        (("none", "50000", "none"), CpuQuota(0.5, "/ci")),
        (("50000", "none", "none"), CpuQuota(0.5, "/")),
        (("400000", "150000", "200000"), CpuQuota(1.5, "/ci")),
        (("none", "none", "none"), None),
    ],
)
def test_the_least_quota_up_to_the_root_counts(
    tmp_path: Path, version: int, quotas: tuple[str, str, str], least: CpuQuota | None
) -> None:
    made, none = (v1, "-1") if version == 1 else (v2, "max")
    top, ci, pod = (made(none if quota == "none" else quota) for quota in quotas)
    folder = tree(tmp_path, top=top, ci=ci, pod=pod)
    assert CpuBandwidth(version, folder, tmp_path).quota() == least


def test_a_quota_above_what_is_mounted_is_not_looked_for(tmp_path: Path) -> None:
    folder = tree(tmp_path, top=v2("50000"), ci=v2("max"), pod=v2("max"))
    assert CpuBandwidth(2, folder, folder.parent).quota() is None


@pytest.mark.parametrize(("version", "made", "stat"), [(1, v1, V1_STAT), (2, v2, V2_STAT)])
def test_the_throttled_time_of_parents_is_added(
    tmp_path: Path, version: int, made: Callable[[str, str], Mapping[str, str]], stat: str
) -> None:
    folder = tree(tmp_path, top={}, ci=made("50000", stat), pod=made("50000", stat))
    throttled = CpuBandwidth(version, folder, tmp_path).throttled()
    assert throttled == pytest.approx(2 * 7.537383, abs=1e-5)


def test_a_cgroup_that_is_gone_bounds_nothing(tmp_path: Path) -> None:
    gone = CpuBandwidth(2, tmp_path / "gone", tmp_path)
    assert gone.quota() is None
    assert gone.throttled() == 0.0


@pytest.mark.parametrize(
    ("cpus", "said"), [(0.5, "0.5 CPUs"), (1.0, "1 CPU"), (2.0, "2 CPUs"), (1.25, "1.25 CPUs")]
)
def test_a_quota_is_written_with_its_cgroup(cpus: float, said: str) -> None:
    assert str(CpuQuota(cpus, "/ci/pod")) == f"{said} (cgroup /ci/pod)"
