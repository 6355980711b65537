from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import HostError
from clusterbench.host.sysfs import parse_cpus, read_topology
from support.machines import MACHINES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("0-3,8\n", (0, 1, 2, 3, 8)),
        ("0", (0,)),
        ("5,3", (3, 5)),
        ("\n", ()),
        ("0-1,1-2", (0, 1, 2)),
    ],
)
def test_a_list_is_read_as_the_kernel_writes_it(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpus(text) == cpus


def test_siblings_and_caches_group_the_cpus(tmp_path: Path) -> None:
    found = MACHINES["Ryzen 7 1700"].read(tmp_path)
    assert found.smt
    assert found.cores[:2] == ((0, 1), (2, 3))
    assert found.caches == (tuple(range(8)), tuple(range(8, 16)))
    assert found.nodes == (tuple(range(16)),)


def test_siblings_that_are_far_apart_are_one_core(tmp_path: Path) -> None:
    found = MACHINES["Core i7, siblings n and n+8"].read(tmp_path)
    assert found.cores[:2] == ((0, 8), (1, 9))


def test_offline_cpus_are_in_no_group(tmp_path: Path) -> None:
    found = MACHINES["four cores, some offline"].read(tmp_path)
    assert found.online == (0, 3, 5, 6)
    assert found.cores == ((0,), (3,), (5,), (6,))
    assert found.caches == ((0, 3), (5, 6))


def test_a_core_of_which_one_thread_is_allowed_is_usable(tmp_path: Path) -> None:
    MACHINES["Ryzen 7 1700"].write(tmp_path)
    found = read_topology(tmp_path, allowed=[1, 2, 3])
    assert found.usable_cores == ((1,), (2, 3))


def test_a_machine_that_names_no_topology_has_a_core_for_each_cpu(tmp_path: Path) -> None:
    found = MACHINES["virtual machine without topology"].read(tmp_path)
    assert found.cores == ((0,), (1,), (2,), (3,))
    assert found.caches == found.nodes == ((0, 1, 2, 3),)
    assert not found.smt


def test_a_host_without_sys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="needs Linux with /sys"):
        read_topology(tmp_path)


def test_this_very_host_has_cores_that_hold_every_cpu() -> None:
    found = read_topology()
    assert sorted(cpu for core in found.cores for cpu in core) == list(found.online)
    assert set(found.allowed) <= set(found.online)
