from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterbench.errors import HostError
from clusterbench.host.cpu_lists import parse_cpus
from clusterbench.host.sysfs import read_topology
from clusterbench.model.topology import CacheGroup
from support.machine import Machine
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
    assert found.caches == (
        CacheGroup(level=3, cpus=tuple(range(8))),
        CacheGroup(level=3, cpus=tuple(range(8, 16))),
    )
    assert found.nodes == found.packages == (tuple(range(16)),)


def test_siblings_that_are_far_apart_are_one_core(tmp_path: Path) -> None:
    found = MACHINES["Core i7, siblings n and n+8"].read(tmp_path)
    assert found.cores[:2] == ((0, 8), (1, 9))


def test_offline_cpus_are_in_no_group(tmp_path: Path) -> None:
    found = MACHINES["four cores, some offline"].read(tmp_path)
    assert found.online == (0, 3, 5, 6)
    assert found.cores == ((0,), (3,), (5,), (6,))
    assert [cache.cpus for cache in found.caches] == [(0, 3), (5, 6)]


def test_a_core_of_which_one_thread_is_allowed_is_usable(tmp_path: Path) -> None:
    MACHINES["Ryzen 7 1700"].write(tmp_path)
    found = read_topology(tmp_path, allowed=[1, 2, 3])
    assert found.usable_cores == ((1,), (2, 3))


def test_a_machine_that_names_no_topology_has_a_core_for_each_cpu(tmp_path: Path) -> None:
    found = MACHINES["virtual machine without topology"].read(tmp_path)
    assert found.cores == ((0,), (1,), (2,), (3,))
    assert found.nodes == found.packages == ((0, 1, 2, 3),)
    assert not found.smt


def test_no_cache_is_made_up_where_the_kernel_lists_none(tmp_path: Path) -> None:
    found = MACHINES["virtual machine without topology"].read(tmp_path)
    assert found.caches == (CacheGroup(level=0, cpus=(0, 1, 2, 3)),)


@pytest.mark.parametrize(
    ("machine", "caches"),
    [
        ("Lunar Lake 258V", [(3, (0, 1, 2, 3)), (2, (4, 5, 6, 7))]),
        ("Meteor Lake 155H", [(3, tuple(range(20))), (2, (20, 21))]),
        ("Raspberry Pi 4", [(2, (0, 1, 2, 3))]),
        ("virtual machine of 6, two without an L3", [(3, (0, 1, 2, 3)), (2, (4,)), (2, (5,))]),
        ("virtual machine of 4, one with an L3", [(3, (0,)), (0, (1, 2, 3))]),
    ],
)
def test_cores_without_an_l3_are_grouped_by_what_they_share_in_its_place(
    tmp_path: Path, machine: str, caches: list[tuple[int, tuple[int, ...]]]
) -> None:
    found = MACHINES[machine].read(tmp_path)
    assert [(cache.level, cache.cpus) for cache in found.caches] == caches


def test_sockets_are_read_as_packages(tmp_path: Path) -> None:
    found = MACHINES["two sockets by turns"].read(tmp_path)
    assert found.packages == found.nodes == (tuple(range(0, 16, 2)), tuple(range(1, 16, 2)))


def test_a_package_that_the_kernel_does_not_know_divides_nothing(tmp_path: Path) -> None:
    MACHINES["two cores"].write(tmp_path)
    (tmp_path / "cpu/cpu1/topology/physical_package_id").write_text("-1\n")
    assert read_topology(tmp_path, allowed=[0, 1]).packages == ((0, 1),)


def test_cpus_that_a_container_may_use_are_online_whatever_its_list_says(tmp_path: Path) -> None:
    # As LXC has it: a list of as many CPUs as it may use, counted from 0.
    machine = Machine(online="0-1", siblings=[str(cpu) for cpu in range(8)], caches=["0-7"])
    machine.write(tmp_path)
    found = read_topology(tmp_path, allowed=[4, 5])
    assert found.allowed == (4, 5)
    assert found.usable_cores == ((4,), (5,))


@st.composite
def listings(draw: st.DrawFn) -> Machine:
    """What a kernel may list: sense, CPUs left out, lists that contradict each other."""
    cpus = st.integers(0, 9)
    lists = st.lists(cpus, min_size=1, max_size=10).map(lambda each: ",".join(map(str, each)))
    some = st.lists(lists, max_size=4)
    numbers = st.dictionaries(lists, st.integers(1, 1024), max_size=4)
    return Machine(
        online=draw(lists),
        siblings=draw(some),
        caches=draw(some),
        clusters=draw(some),
        packages=draw(some),
        nodes=draw(some),
        kinds=draw(st.dictionaries(st.sampled_from(["cpu_core", "cpu_atom"]), lists)),
        capacities=draw(numbers),
        frequencies=draw(numbers),
        allowed=draw(st.lists(cpus, min_size=1)),
    )


@settings(max_examples=50)  # each writes a machine's files
@given(machine=listings())
def test_every_cpu_is_in_exactly_one_group_of_each_sort_whatever_the_kernel_lists(
    tmp_path_factory: pytest.TempPathFactory, machine: Machine
) -> None:
    found = machine.read(tmp_path_factory.mktemp("machine"))
    groups = (
        found.cores,
        [cache.cpus for cache in found.caches],
        found.packages,
        found.nodes,
        [kind.cpus for kind in found.kinds],
    )
    for each in groups:
        assert sorted(cpu for group in each for cpu in group) == list(found.online)
    for core in found.usable_cores:
        assert sum(set(core) <= set(cache.cpus) for cache in found.caches) == 1
        assert sum(set(core) <= set(kind.cpus) for kind in found.kinds) == 1


def test_a_host_without_sys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="needs Linux with /sys"):
        read_topology(tmp_path)


def test_this_very_host_has_cores_that_hold_every_cpu() -> None:
    found = read_topology()
    assert sorted(cpu for core in found.cores for cpu in core) == list(found.online)
    assert set(found.allowed) <= set(found.online)
