"""CPU plans: which CPUs the server and the load generator get on this host. No I/O here.

The published figures came from a Ryzen 7 1700: 8 cores in two groups of four that share no L3
cache. A plan asks for that machine's cores and takes what this host has of them: fewer cores
shrink it in proportion, the two sides share no physical core while there is another way, and
where SMT is on each physical core gives one logical CPU.
"""

from __future__ import annotations

from itertools import accumulate, permutations
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, HostError
from clusterbench.model.cpus import CpuPlan, CpuSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.topology import Cpus, Topology

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
        server, generator, notes = _unpinned(len(cores))
    elif len(cores) == 1:
        server, generator, notes = _one_core(cores[0])
    else:
        server, generator, notes = _several_cores(name, cores, topology.caches)
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


def _unpinned(cores: int) -> tuple[CpuSet, CpuSet, list[str]]:
    other = [] if cores == PUBLISHED_CORES else [f"this host has {cores} core{'s'[: cores != 1]}"]
    return CpuSet(), CpuSet(), other


def _one_core(core: Cpus) -> tuple[CpuSet, CpuSet, list[str]]:
    if len(core) > 1:
        note = "this host has 1 core: the sides are its two hyperthreads, and disturb each other"
        return CpuSet(core[:1]), CpuSet(core[1:]), [note]
    note = "this host has 1 core: both sides share it, and the figures say little"
    return CpuSet(core), CpuSet(core), [note]


def _several_cores(
    name: str, cores: Sequence[Cpus], caches: Sequence[Cpus]
) -> tuple[CpuSet, CpuSet, list[str]]:
    if wanted := _SERVER_CORES.get(name):
        there = min(wanted, len(cores) // 2)
        server, generator = cores[:there], cores[there:]
        shrunk = there < wanted
    else:
        sides = _share(len(cores))
        server, generator = _apart(cores, caches, *sides)
        shrunk = sum(sides) < PUBLISHED_CORES
    notes = [f"shrunk to this host's {len(cores)} cores"] if shrunk else []
    if _caches_of(server, caches) & _caches_of(generator, caches):
        notes.append("both sides share an L3 cache")
    return _first_of(server), _first_of(generator), notes


def _share(cores: int) -> tuple[int, int]:
    """Share cores out as the published machine did; an odd one helps the generator."""
    if cores >= PUBLISHED_CORES:
        return _SIDE, _SIDE
    server = cores * _SIDE // PUBLISHED_CORES
    return server, cores - server


def _apart(
    cores: Sequence[Cpus], caches: Sequence[Cpus], wanted: int, others: int
) -> tuple[Sequence[Cpus], Sequence[Cpus]]:
    """Pick cores for the two sides, behind separate L3 caches where that is possible.

    At best each side is behind one cache; else one side has the first caches, the other the rest.
    """
    groups = [[core for core in cores if core[0] in cache] for cache in caches]
    in_order = [core for group in groups for core in group]
    halves = ((in_order[:cut], in_order[cut:]) for cut in accumulate(map(len, groups)))
    for left, right in (*permutations(groups, 2), *halves):
        if len(left) >= wanted and len(right) >= others:
            return left[:wanted], right[:others]
    return in_order[:wanted], in_order[wanted : wanted + others]


def _first_of(cores: Sequence[Cpus]) -> CpuSet:
    return CpuSet(tuple(core[0] for core in cores))


def _caches_of(cores: Sequence[Cpus], caches: Sequence[Cpus]) -> set[Cpus]:
    return {cache for cache in caches for core in cores if core[0] in cache}
