"""How the two sides of a plan lie on a machine, and what is to be said of it. Pure.

Sides are given as cores: as physical cores, or as single CPUs in their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from clusterbench.model.topology import CacheGroup, Cpus, Topology

    Cores = Collection[Cpus]


def spread(places: Sequence[Cpus], cores: Cores) -> int:
    """Return over how many of these places cores are spread."""
    return len(_places(places, cores))


def apart(places: Sequence[Cpus], server: Cores, generator: Cores) -> bool:
    """Return whether no place has cores of both sides."""
    return not _places(places, server) & _places(places, generator)


def shared_caches(topology: Topology, server: Cores, generator: Cores) -> list[CacheGroup]:
    """Return the caches that both sides have cores behind, as far as the kernel lists them."""
    groups = {cache.cpus: cache for cache in topology.caches if cache.level}
    both = _places([*groups], server) & _places([*groups], generator)
    return [groups[cpus] for cpus in sorted(both)]


def said(topology: Topology, server: Cores, generator: Cores) -> list[str]:
    """Return what a plan's line says of where its sides are."""
    notes = uneven(topology, server, generator)
    both = (*server, *generator)
    if len(topology.usable_kinds) > 1 and _kinds(topology, both) == 1:
        notes.insert(0, f"both sides on one kind of core ({topology.count_kinds(both)})")
    levels = {cache.level for cache in shared_caches(topology, server, generator)}
    return [*notes, *(f"both sides share an L{level} cache" for level in sorted(levels))]


def uneven(topology: Topology, server: Cores, generator: Cores) -> list[str]:
    """Return in which ways the sides are not on one kind of core, one package, one NUMA node."""
    notes = []
    if _kinds(topology, (*server, *generator)) > 1:
        on = [topology.count_kinds(side) for side in (server, generator)]
        sides = on[0] if on[0] == on[1] else f"server {on[0]}, generator {on[1]}"
        notes.append(f"cores of different kinds: {sides}")
    return [*notes, *_distances(topology, server, generator)]


def _distances(topology: Topology, server: Cores, generator: Cores) -> list[str]:
    """Return which side is spread over packages or NUMA nodes, and whether these divide the two."""
    named = {"packages": topology.packages, "NUMA nodes": topology.nodes}
    sides = {"server": server, "generator": generator}
    if server == generator:
        sides = {"both sides": server}
    counts = {
        side: {nouns: spread(places, cores) for nouns, places in named.items()}
        for side, cores in sides.items()
    }
    notes = [
        f"{side} on {' and '.join(over)}"
        for side, its in counts.items()
        if (over := [f"{count} {nouns}" for nouns, count in its.items() if count > 1])
    ]
    between = [
        nouns
        for nouns, places in named.items()
        if apart(places, server, generator) and all(its[nouns] == 1 for its in counts.values())
    ]
    return [*notes, *([f"the sides are on different {' and '.join(between)}"] if between else [])]


def _kinds(topology: Topology, cores: Cores) -> int:
    return spread([kind.cpus for kind in topology.kinds], cores)


def _places(places: Sequence[Cpus], cores: Cores) -> set[Cpus]:
    return {place for place in places for core in cores if core[0] in place}
