"""Which cores each side gets: of one kind, one package, one NUMA node where that can be. Pure.

Each side is always on one kind of core. The server gets the fastest kind, though a server of
several cores gets no kind of a single core while there is another. The load generator gets the
same kind where that has room for it; else the fastest other kind that has, else the largest.
"""

from __future__ import annotations

from functools import partial
from itertools import accumulate, permutations
from typing import TYPE_CHECKING

from clusterbench.plan.placement import apart, shared_caches, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clusterbench.model.topology import Cpus, Topology

Cores = tuple["Cpus", ...]
Sides = tuple[Cores, Cores]

#: A generator that gets the rest needs so many cores for each of the server's to keep it busy.
_REST = 2


def choose(topology: Topology, server: int, generator: int | None) -> Sides:
    """Return the cores of the server and of the load generator, which gets the rest where None.

    There must be two usable cores or more. No side gets more than it wants, and none is empty.
    """
    cores = topology.usable_cores
    kinds = [_within(cores, kind.cpus) for kind in topology.usable_kinds]
    several = (kind for kind in kinds if len(kind) >= min(server, 2))
    own = next(several, kinds[0])
    needed = _REST * server if generator is None else generator
    if len(kinds) == 1 or len(own) >= server + needed:
        return _best(topology, _in_one_kind(topology, own, server, generator))
    here = min(_picks(topology, own, min(server, len(own))), key=partial(_spread, topology))
    left = tuple(core for core in own if core not in here)
    room = _roomiest([left, *(kind for kind in kinds if kind != own)], needed)
    size = len(room) if generator is None else min(generator, len(room))
    return _best(topology, ((here, there) for there in _picks(topology, room, size)))


def _roomiest(kinds: Sequence[Cores], needed: int) -> Cores:
    """Return the first kind that has so many cores, else the first of those that have most."""
    return next((kind for kind in kinds if len(kind) >= needed), max(kinds, key=len))


def _in_one_kind(
    topology: Topology, cores: Cores, server: int, generator: int | None
) -> Iterator[Sides]:
    """Yield ways to lay both sides on cores of one kind, the first of equal ones first."""
    if generator is None:
        for here in _picks(topology, cores, server):
            yield here, tuple(core for core in cores if core not in here)
        return
    groups = [group for cache in topology.caches if (group := _within(cores, cache.cpus))]
    in_order = tuple(core for group in groups for core in group)
    halves = ((in_order[:cut], in_order[cut:]) for cut in accumulate(map(len, groups)))
    units = [_within(cores, unit) for unit in (*topology.nodes, *topology.packages)]
    rests = ((unit, tuple(core for core in cores if core not in unit)) for unit in units)
    both_ways = ((a, b) for pair in rests for a, b in (pair, pair[::-1]))
    large = [group for group in groups if len(group) >= min(server, generator)]
    for left, right in (*permutations(large, 2), *halves, *both_ways):
        if len(left) >= server and len(right) >= generator:
            yield left[:server], right[:generator]
    yield in_order[:server], in_order[server : server + generator]


def _picks(topology: Topology, cores: Cores, wanted: int) -> list[Cores]:
    """Return ways to take so many cores: the first of all, or the first of one node or package."""
    places = (_within(cores, place) for place in (*topology.nodes, *topology.packages))
    return [found[:wanted] for found in (cores, *places) if len(found) >= wanted]


def _best(topology: Topology, ways: Iterable[Sides]) -> Sides:
    """Return the way that keeps each side together best, then the sides' caches apart."""

    def cost(sides: Sides) -> tuple[object, ...]:
        server, generator = sides
        return (
            _spread(topology, server),
            _spread(topology, generator),
            bool(shared_caches(topology, server, generator)),
            apart(topology.packages, server, generator),
            apart(topology.nodes, server, generator),
        )

    return min(ways, key=cost)


def _spread(topology: Topology, cores: Cores) -> tuple[int, int]:
    """Return over how many packages and nodes cores are spread."""
    return spread(topology.packages, cores), spread(topology.nodes, cores)


def _within(cores: Iterable[Cpus], cpus: Cpus) -> Cores:
    there = set(cpus)
    return tuple(core for core in cores if core[0] in there)
