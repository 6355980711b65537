from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterbench.errors import ConfigError, HostError
from clusterbench.model.topology import Topology
from clusterbench.plan.cpu_plan import PLANS, plan
from support.machines import MACHINES

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.cpus import CpuPlan
    from support.machines import Machine

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


@pytest.mark.parametrize("machine", MACHINES)
def test_unpinned_pins_nothing_and_lets_both_sides_fill_the_host(
    tmp_path: Path, machine: str
) -> None:
    found, topology = planned("unpinned", MACHINES[machine], tmp_path)
    assert not found.server
    assert not found.generator
    assert found.server_capacity == found.generator_capacity == len(topology.allowed)


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    """Any cores, threads, caches and allowed CPUs, numbered either way."""
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
        caches=tuple(tuple(sorted(cache)) for cache in caches),
        nodes=(everyone,),
    )


@pytest.mark.parametrize("name", PINNED)
@settings(max_examples=50)  # each tries every plan on a machine
@given(topology=topologies())
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
        cache
        for cache in topology.caches
        if set(found.server.cpus) & set(cache) and set(found.generator.cpus) & set(cache)
    ]
    if len(topology.usable_cores) > 1:
        assert bool(shared) == ("share an L3 cache" in found.note)


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
    nothing = Topology(online=(0,), allowed=(), cores=((0,),), caches=((0,),), nodes=((0,),))
    with pytest.raises(HostError, match="may use no CPU"):
        plan("one-core", nothing)
