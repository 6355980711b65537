"""CPU plans: which CPUs the server and the load generator get on this host. No I/O here.

The published figures came from a Ryzen 7 1700: 8 cores in two groups of four that share no L3
cache. A plan asks for that machine's cores and takes what this host has of them: fewer cores
shrink it in proportion, the two sides share no physical core while there is another way, and
where SMT is on each physical core gives one logical CPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, HostError
from clusterbench.model.cpus import CpuPlan, CpuSet

if TYPE_CHECKING:
    from clusterbench.model.topology import Cpus, Topology

PLANS = ("ryzen-7-1700", "one-core", "two-core", "unpinned")
#: The published machine's cores, and those of each side.
PUBLISHED_CORES = 8
_SIDE = 4


def plan(name: str, topology: Topology) -> CpuPlan:
    """Return each side its CPUs under a plan.

    Raises ConfigError for a name that is not in PLANS.
    """
    if name not in PLANS:
        raise ConfigError(f"CPU plan {name!r} is not known; allowed: {', '.join(PLANS)}")
    cores = topology.usable_cores
    if not cores:
        raise HostError("this process may use no CPU that is online; check its CPU affinity")
    if name == "unpinned":
        return _unpinned(topology, len(cores))
    asked = {
        "ryzen-7-1700": f"server {_SIDE} cores, generator {_SIDE} cores of {PUBLISHED_CORES}",
        "one-core": "server 1 core, generator the rest",
        "two-core": "server 2 cores, generator the rest",
    }[name]
    if len(cores) == 1:
        return _one_core(name, asked, cores[0])
    if name == "one-core":
        server, generator = cores[:1], cores[1:]
        notes = []
    elif name == "two-core":
        wanted = min(2, len(cores) // 2)
        server, generator = cores[:wanted], cores[wanted:]
        notes = [] if wanted == 2 else [_shrunk(cores)]  # noqa: PLR2004 - as its name says
    else:
        sides = _share(len(cores))
        server, generator = _apart(cores, topology.caches, *sides)
        notes = [_shrunk(cores)] if sum(sides) < PUBLISHED_CORES else []
    if _caches_of(server, topology) & _caches_of(generator, topology):
        notes.append("both sides share an L3 cache")
    return _made(name, asked, _first_of(server), _first_of(generator), "; ".join(notes))


def _shrunk(cores: tuple[Cpus, ...]) -> str:
    return f"shrunk to this host's {len(cores)} cores"


def _share(cores: int) -> tuple[int, int]:
    """Share cores out as the published machine did; an odd one helps the generator."""
    if cores >= PUBLISHED_CORES:
        return _SIDE, _SIDE
    server = cores * _SIDE // PUBLISHED_CORES
    return server, cores - server


def _apart(
    cores: tuple[Cpus, ...], caches: tuple[Cpus, ...], wanted: int, others: int
) -> tuple[tuple[Cpus, ...], tuple[Cpus, ...]]:
    """Pick cores for the two sides, behind separate L3 caches where that is possible."""
    groups = [[core for core in cores if core[0] in cache] for cache in caches]
    for a in groups:
        for b in groups:
            if a is not b and len(a) >= wanted and len(b) >= others:
                return tuple(a[:wanted]), tuple(b[:others])
    in_order = [core for group in groups for core in group]
    for cut in range(1, len(groups)):
        left = [core for group in groups[:cut] for core in group]
        right = [core for group in groups[cut:] for core in group]
        if len(left) >= wanted and len(right) >= others:
            return tuple(left[:wanted]), tuple(right[:others])
    return tuple(in_order[:wanted]), tuple(in_order[wanted : wanted + others])


def _one_core(name: str, asked: str, core: Cpus) -> CpuPlan:
    if len(core) > 1:
        note = "this host has 1 core: the sides are its two hyperthreads, and disturb each other"
        return _made(name, asked, CpuSet(core[:1]), CpuSet(core[1:]), note)
    note = "this host has 1 core: both sides share it, and the figures say little"
    return _made(name, asked, CpuSet(core), CpuSet(core), note)


def _unpinned(topology: Topology, cores: int) -> CpuPlan:
    there = len(topology.allowed)
    note = "" if cores == PUBLISHED_CORES else f"this host has {cores} core{'s'[: cores != 1]}"
    return CpuPlan(
        name="unpinned",
        server=CpuSet(),
        generator=CpuSet(),
        server_capacity=there,
        generator_capacity=there,
        asked=f"both sides on all {PUBLISHED_CORES} cores, not pinned",
        note=note,
    )


def _made(name: str, asked: str, server: CpuSet, generator: CpuSet, note: str) -> CpuPlan:
    return CpuPlan(
        name=name,
        server=server,
        generator=generator,
        server_capacity=len(server),
        generator_capacity=len(generator),
        asked=asked,
        note=note,
    )


def _first_of(cores: tuple[Cpus, ...]) -> CpuSet:
    return CpuSet(tuple(core[0] for core in cores))


def _caches_of(cores: tuple[Cpus, ...], topology: Topology) -> set[Cpus]:
    return {cache for cache in topology.caches for core in cores if core[0] in cache}
