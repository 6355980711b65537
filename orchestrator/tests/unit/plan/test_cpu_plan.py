from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterbench.errors import ConfigError, HostError
from clusterbench.model.topology import CacheGroup, CoreKind, Cpus, Topology
from clusterbench.plan import cpu_plan
from clusterbench.plan.cpu_plan import PLANS, plan
from support.machines import MACHINES

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.cpus import CpuPlan
    from support.machine import Machine

PINNED = [name for name in PLANS if name != "unpinned"]


def planned(name: str, machine: Machine, root: Path) -> tuple[CpuPlan, Topology]:
    topology = machine.read(root)
    return plan(name, topology), topology


@pytest.mark.parametrize(
    ("machine", "server", "generator"),
    [
        ("Ryzen 7 1700", "0,2,4,6", "8,10,12,14"),
        ("Ryzen 7 1700, SMT off", "0,2,4,6", "8,10,12,14"),
        ("Core i7, siblings n and n+8", "0-3", "4-7"),
        ("two sockets of 8", "0-3", "8-11"),
        ("four caches of 2 cores", "0-3", "4-7"),
        ("eight cores", "0-3", "4-7"),
        ("four cores", "0-1", "2-3"),
        ("three cores", "0", "1-2"),
        ("two cores", "0", "1"),
        ("one core, two threads", "0", "1"),
        ("one core", "0", "0"),
        ("four cores, some offline", "0,3", "5-6"),
        ("container with four of eight", "2-3", "6-7"),
        ("container with two threads of one core", "1", "9"),
        ("virtual machine without topology", "0-1", "2-3"),
        ("virtual machine of 6, two without an L3", "0-2", "3-5"),
        ("virtual machine of 4, one with an L3", "0-1", "2-3"),
        ("virtual machine of 4 sockets", "0-1", "2-3"),
        ("Ryzen 9 5950X", "0-3", "8-11"),
        ("Graviton3", "0-3", "4-7"),
        ("two sockets of Epyc 7313", "0-3", "4-7"),
        ("two sockets of Epyc 7313, 3 cores of each L3", "0-2,4", "8-10,12"),
        ("two sockets of Epyc 7313, a core of each L3", "0,4,8,12", "16,20,24,28"),
        ("two sockets by turns", "0,2,4,6", "1,3,5,7"),
    ],
)
def test_the_published_machines_plan_on_other_machines(
    tmp_path: Path, machine: str, server: str, generator: str
) -> None:
    found, _ = planned("ryzen-7-1700", MACHINES[machine], tmp_path)
    assert (str(found.server), str(found.generator)) == (server, generator)
    assert found.asked == "server 4 cores, generator 4 cores of 8"


@pytest.mark.parametrize(
    ("machine", "server", "generator"),
    [
        ("Ryzen 7 1700", "0", "2,4,6,8,10,12,14"),
        ("eight cores", "0", "1-7"),
        ("two cores", "0", "1"),
        ("one core, two threads", "0", "1"),
        ("one core", "0", "0"),
    ],
)
def test_one_core_gives_the_generator_the_rest(
    tmp_path: Path, machine: str, server: str, generator: str
) -> None:
    found, _ = planned("one-core", MACHINES[machine], tmp_path)
    assert (str(found.server), str(found.generator)) == (server, generator)


#: What each plan makes of machines with several kinds of core: server, generator.
HYBRID = [
    ("ryzen-7-1700", "Lunar Lake 258V", "0-3", "4-7"),
    ("one-core", "Lunar Lake 258V", "0", "1-3"),
    ("two-core", "Lunar Lake 258V", "0-1", "4-7"),
    ("ryzen-7-1700", "Raptor Lake 13900K", "0,2,4,6", "8,10,12,14"),
    ("one-core", "Raptor Lake 13900K", "0", "2,4,6,8,10,12,14"),
    ("two-core", "Raptor Lake 13900K", "0,2", "4,6,8,10,12,14"),
    ("ryzen-7-1700", "Meteor Lake 155H", "0,2,4,6", "12-15"),
    ("one-core", "Meteor Lake 155H", "0", "2,4,6,8,10"),
    ("two-core", "Meteor Lake 155H", "0,2", "4,6,8,10"),
    ("ryzen-7-1700", "Meteor Lake 155H, P cores left out", "12-15", "16-19"),
    ("ryzen-7-1700", "Meteor Lake 155H, 2 P and 4 E cores", "0,2", "12-14"),
    ("ryzen-7-1700", "Meteor Lake 155H, E cores offline", "0,2,4", "6,8,10"),
    ("ryzen-7-1700", "Core i7-1255U, 2 P and 8 E cores", "0,2", "4-7"),
    ("one-core", "Core i7-1255U, 2 P and 8 E cores", "0", "4-11"),
    ("ryzen-7-1700", "Lakefield, 1 P and 4 E cores", "0-1", "2-3"),
    ("one-core", "Lakefield, 1 P and 4 E cores", "4", "0-3"),
    ("two-core", "Lakefield, 1 P and 4 E cores", "0-1", "2-3"),
    ("ryzen-7-1700", "Ryzen 5 8500G", "0,2", "4,6,8"),
    ("ryzen-7-1700", "RK3588", "4-7", "0-3"),
    ("one-core", "RK3588", "4", "5-7"),
    ("two-core", "RK3588", "4-5", "0-3"),
    ("ryzen-7-1700", "RK3399, 2 big and 4 little cores", "4-5", "0-2"),
    ("ryzen-7-1700", "phone of 1, 3 and 4 cores", "4-6", "0-3"),
    ("one-core", "phone of 1, 3 and 4 cores", "7", "4-6"),
]


@pytest.mark.parametrize(("name", "machine", "server", "generator"), HYBRID)
def test_the_server_gets_the_fastest_kind_of_core_and_each_side_one_kind(
    tmp_path: Path, name: str, machine: str, server: str, generator: str
) -> None:
    found, _ = planned(name, MACHINES[machine], tmp_path)
    assert (str(found.server), str(found.generator)) == (server, generator)


@pytest.mark.parametrize(
    ("name", "machine", "note"),
    [
        (
            "ryzen-7-1700",
            "Lunar Lake 258V",
            "cores of different kinds: server 4 P, generator 4 E",
        ),
        (
            "one-core",
            "Lunar Lake 258V",
            (
                "not used, for a side is on one kind of core: 4 E; "
                "both sides on one kind of core (4 P); both sides share an L3 cache"
            ),
        ),
        ("unpinned", "Lunar Lake 258V", "cores of different kinds: 4 P, 4 E"),
        (
            "ryzen-7-1700",
            "Core i7-1255U, 2 P and 8 E cores",
            (
                "shrunk to this host's 10 cores (2 P, 8 E); cores of different kinds: "
                "server 2 P, generator 4 E; both sides share an L3 cache"
            ),
        ),
        (
            "ryzen-7-1700",
            "RK3588",
            (
                "cores of different kinds: server 4 of capacity 1024, "
                "generator 4 of capacity 414; both sides share an L3 cache"
            ),
        ),
        ("ryzen-7-1700", "two sockets of 8", "the sides are on different NUMA nodes"),
        (
            "one-core",
            "two sockets by turns",
            "generator on 2 packages and 2 NUMA nodes; both sides share an L3 cache",
        ),
        (
            "unpinned",
            "two sockets by turns",
            "this host has 16 cores; both sides on 2 packages and 2 NUMA nodes",
        ),
        (
            "two-core",
            "virtual machine of 4 sockets",
            "server on 2 packages; generator on 2 packages",
        ),
        ("ryzen-7-1700", "two sockets of Epyc 7313", ""),
        (
            "ryzen-7-1700",
            "two sockets of Epyc 7313, a core of each L3",
            (
                "server on 2 NUMA nodes; generator on 2 NUMA nodes; "
                "the sides are on different packages"
            ),
        ),
        ("one-core", "virtual machine without topology", ""),
        ("one-core", "Raspberry Pi 4", "both sides share an L2 cache"),
    ],
)
def test_a_plan_says_what_is_uneven_and_what_is_shared(
    tmp_path: Path, name: str, machine: str, note: str
) -> None:
    found, _ = planned(name, MACHINES[machine], tmp_path)
    assert found.note == note


def test_a_server_of_two_cores_has_both_in_one_package(tmp_path: Path) -> None:
    found, _ = planned("two-core", MACHINES["two sockets by turns"], tmp_path)
    assert str(found.server) == "0,2"


@pytest.mark.parametrize("machine", MACHINES)
def test_unpinned_pins_nothing_and_lets_both_sides_fill_the_host(
    tmp_path: Path, machine: str
) -> None:
    found, topology = planned("unpinned", MACHINES[machine], tmp_path)
    assert not found.server
    assert not found.generator
    assert found.server_capacity == found.generator_capacity == len(topology.allowed)


def partition(draw: st.DrawFn, cores: list[Cpus], most: int) -> list[Cpus]:
    """Divide the CPUs of these cores into groups, at most so many."""
    of = draw(st.lists(st.integers(1, most), min_size=len(cores), max_size=len(cores)))
    groups = (
        [core for core, its in zip(cores, of, strict=True) if its == group] for group in set(of)
    )
    return [tuple(sorted(cpu for core in group for cpu in core)) for group in groups]


@st.composite
def topologies(draw: st.DrawFn, kinds: int = 1) -> Topology:
    """Any cores, threads, groups and allowed CPUs, numbered either way."""
    count = draw(st.integers(1, 24))
    threads = draw(st.sampled_from([1, 2]))
    near = draw(st.booleans())
    cores = [
        tuple(core * threads + t if near else core + t * count for t in range(threads))
        for core in range(count)
    ]
    size = draw(st.integers(1, count))
    caches = [sum(cores[i : i + size], ()) for i in range(0, count, size)]
    everyone = tuple(range(count * threads))
    allowed = draw(st.sets(st.sampled_from(everyone), min_size=1))
    return Topology(
        online=everyone,
        allowed=tuple(sorted(allowed)),
        cores=tuple(cores),
        caches=tuple(
            CacheGroup(level=draw(st.sampled_from([0, 2, 3])), cpus=tuple(sorted(cache)))
            for cache in caches
        ),
        packages=tuple(partition(draw, cores, 2)),
        nodes=tuple(partition(draw, cores, 3)),
        kinds=tuple(
            CoreKind(name=f"kind {number}", cpus=cpus)
            for number, cpus in enumerate(partition(draw, cores, kinds))
        ),
    )


@pytest.mark.parametrize("name", PINNED)
@settings(max_examples=100)  # each tries every plan on a machine
@given(topology=topologies(kinds=3))
def test_each_side_is_on_one_kind_of_core_and_the_plan_says_where_kinds_differ(
    name: str, topology: Topology
) -> None:
    found = plan(name, topology)
    if len(topology.usable_cores) == 1:
        return
    server, generator = (
        {kind.name for kind in topology.kinds if set(side.cpus) & set(kind.cpus)}
        for side in (found.server, found.generator)
    )
    assert len(server) == len(generator) == 1
    assert (server != generator) == ("cores of different kinds" in found.note)


@pytest.mark.parametrize("name", PINNED)
@settings(max_examples=100)  # each tries every plan on a machine
@given(topology=topologies(kinds=3))
def test_each_side_gets_allowed_cpus_and_no_physical_core_is_shared_without_need(
    name: str, topology: Topology
) -> None:
    found = plan(name, topology)
    server, generator = set(found.server.cpus), set(found.generator.cpus)
    assert server
    assert generator
    assert server | generator <= set(topology.allowed)
    assert (found.server_capacity, found.generator_capacity) == (len(server), len(generator))
    cores = topology.usable_cores
    shared = [c for c in cores if server & set(c) and generator & set(c)]
    if len(cores) > 1:
        assert not shared
        assert all(len((server | generator) & set(core)) <= 1 for core in cores)
    else:
        assert found.note
    if sum(map(len, cores)) > 1:
        assert not server & generator


@settings(max_examples=50)  # each tries every plan on a machine
@given(topology=topologies())
def test_sides_share_a_cache_only_where_the_plan_says_so(topology: Topology) -> None:
    found = plan("ryzen-7-1700", topology)
    shared = [
        cache.level
        for cache in topology.caches
        if set(found.server.cpus) & set(cache.cpus) and set(found.generator.cpus) & set(cache.cpus)
    ]
    if len(topology.usable_cores) > 1:
        assert (3 in shared) == ("share an L3 cache" in found.note)
        assert (2 in shared) == ("share an L2 cache" in found.note)


@settings(max_examples=50)  # each tries every plan on a machine
@given(topology=topologies())
def test_a_plan_never_takes_more_than_it_asks_and_says_when_it_got_less(topology: Topology) -> None:
    found = plan("ryzen-7-1700", topology)
    assert len(found.server) <= 4
    assert len(found.generator) <= 4
    cores = len(topology.usable_cores)
    if cores >= 8:
        assert len(found.server) == len(found.generator) == 4
        assert "shrunk" not in found.note
    elif cores > 1:
        assert len(found.server) + len(found.generator) == cores
        assert f"shrunk to this host's {cores} cores" in found.note


def test_a_plan_says_in_one_line_what_was_asked_and_got(tmp_path: Path) -> None:
    found, _ = planned("ryzen-7-1700", MACHINES["two cores"], tmp_path)
    assert str(found) == (
        "CPU plan ryzen-7-1700 (server 4 cores, generator 4 cores of 8): server on 0, "
        "generator on 1; shrunk to this host's 2 cores; both sides share an L3 cache"
    )


def test_an_unknown_plan_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    topology = MACHINES["two cores"].read(tmp_path)
    with pytest.raises(ConfigError, match="'best' is not known; allowed: ryzen-7-1700, one-core"):
        plan("best", topology)


def test_a_process_that_may_use_no_cpu_is_told_so() -> None:
    nothing = Topology(
        online=(0,),
        allowed=(),
        cores=((0,),),
        caches=(CacheGroup(level=3, cpus=(0,)),),
        packages=((0,),),
        nodes=((0,),),
        kinds=(CoreKind(name="", cpus=(0,)),),
    )
    with pytest.raises(HostError, match="may use no CPU"):
        plan("one-core", nothing)


@pytest.mark.parametrize("side", ["server", "generator"])
def test_a_plan_that_leaves_a_side_empty_is_refused_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    sides = {"server": ((0,),), "generator": ((1,),), side: ()}
    monkeypatch.setattr(cpu_plan, "choose", lambda *_: (sides["server"], sides["generator"]))
    topology = MACHINES["two cores"].read(tmp_path)
    with pytest.raises(HostError, match=rf"leaves the {side} without a CPU among 0-1.*--plan unp"):
        plan("one-core", topology)
