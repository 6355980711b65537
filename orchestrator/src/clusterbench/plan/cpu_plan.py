"""CPU plans: which CPUs the server and the load generator get on this host. No I/O here.

The published figures came from a Ryzen 7 1700: 8 cores in two groups of four that share no L3
cache. A plan asks for that machine's cores and takes what this host has of them: fewer cores
shrink it in proportion, the two sides share no physical core while there is another way, and
where SMT is on each physical core gives one logical CPU. Each side is on one kind of core. What
is uneven all the same (kinds, packages, NUMA nodes) is said in the plan's note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, HostError
from clusterbench.model.cpus import CpuPlan, CpuSet
from clusterbench.plan import placement
from clusterbench.plan.core_choice import choose

if TYPE_CHECKING:
    from clusterbench.model.topology import Cpus, Topology
    from clusterbench.plan.placement import Cores

#: The published machine's cores, and those of each side.
PUBLISHED_CORES = 8
_SIDE = 4
#: Plans that leave the generator the rest: the server's cores.
_SERVER_CORES = {"one-core": 1, "two-core": 2}
_ASKED = {
    "ryzen-7-1700": f"server {_SIDE} cores, generator {_SIDE} cores of {PUBLISHED_CORES}",
    "one-core": "server 1 core, generator the rest",
    "two-core": "server 2 cores, generator the rest",
    "unpinned": f"both sides on all {PUBLISHED_CORES} cores, not pinned",
}
PLANS = tuple(_ASKED)


def plan(name: str, topology: Topology) -> CpuPlan:
    """Return each side its CPUs under a plan.

    Raises ConfigError for a name that is not in PLANS, HostError where no CPU may be used.
    """
    if name not in PLANS:
        raise ConfigError(f"CPU plan {name!r} is not known; allowed: {', '.join(PLANS)}")
    cores = topology.usable_cores
    if not cores:
        raise HostError("this process may use no CPU that is online; check its CPU affinity")
    if name == "unpinned":
        server, generator, notes = _unpinned(topology)
    elif len(cores) == 1:
        server, generator, notes = _one_core(cores[0])
    else:
        server, generator, notes = _several_cores(name, topology)
    if name != "unpinned" and not (server and generator):
        raise HostError(
            f"CPU plan {name} leaves the {'generator' if server else 'server'} without a CPU among "
            f"{CpuSet(topology.allowed)}; allow this process more CPUs, or choose another plan "
            "(--plan unpinned lets both sides use all)"
        )
    everything = len(topology.allowed)
    return CpuPlan(
        name=name,
        server=server,
        generator=generator,
        server_capacity=len(server) or everything,
        generator_capacity=len(generator) or everything,
        asked=_ASKED[name],
        note="; ".join(notes),
    )


def uneven(topology: Topology, made: CpuPlan) -> list[str]:
    """Return in which ways a plan is not on one kind of core, one package, one NUMA node."""
    server, generator = (
        tuple((cpu,) for cpu in side.cpus) or topology.usable_cores
        for side in (made.server, made.generator)
    )
    return placement.uneven(topology, server, generator)


def _unpinned(topology: Topology) -> tuple[CpuSet, CpuSet, list[str]]:
    cores = topology.usable_cores
    count = len(cores)
    other = [] if count == PUBLISHED_CORES else [f"this host has {count} core{'s'[: count != 1]}"]
    return CpuSet(), CpuSet(), [*other, *placement.uneven(topology, cores, cores)]


def _one_core(core: Cpus) -> tuple[CpuSet, CpuSet, list[str]]:
    if len(core) > 1:
        note = "this host has 1 core: the sides are its two hyperthreads, and disturb each other"
        return CpuSet(core[:1]), CpuSet(core[1:]), [note]
    note = "this host has 1 core: both sides share it, and the figures say little"
    return CpuSet(core), CpuSet(core), [note]


def _several_cores(name: str, topology: Topology) -> tuple[CpuSet, CpuSet, list[str]]:
    cores = topology.usable_cores
    if wanted := _SERVER_CORES.get(name):
        there = min(wanted, len(cores) // 2)
        server, generator = choose(topology, there, None)
        shrunk = len(server) < wanted
    else:
        server, generator = choose(topology, *_share(len(cores)))
        shrunk = len(server) + len(generator) < PUBLISHED_CORES
    notes = [f"shrunk to {_those_of(topology)}"] if shrunk else []
    left = [core for core in cores if core not in server and core not in generator]
    if wanted and left:
        notes.append(f"not used, for a side is on one kind of core: {topology.count_kinds(left)}")
    return (
        _first_of(server),
        _first_of(generator),
        [*notes, *placement.said(topology, server, generator)],
    )


def _those_of(topology: Topology) -> str:
    cores = topology.usable_cores
    kinds = topology.count_kinds(cores)
    return f"this host's {len(cores)} cores" + (f" ({kinds})" if kinds else "")


def _share(cores: int) -> tuple[int, int]:
    """Share cores out as the published machine did; an odd one helps the generator."""
    if cores >= PUBLISHED_CORES:
        return _SIDE, _SIDE
    server = cores * _SIDE // PUBLISHED_CORES
    return server, cores - server


def _first_of(cores: Cores) -> CpuSet:
    return CpuSet(tuple(core[0] for core in cores))
