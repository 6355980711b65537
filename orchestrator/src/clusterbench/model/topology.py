"""The CPUs of a machine: which share a core, a cache, a package, a memory node; which are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

Cpus = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheGroup:
    """CPUs that share their last-level cache, and its level: 3, or 2 where no L3 is listed.

    Level 0 are the CPUs for which the kernel lists neither: what they share is not known.
    """

    level: int
    cpus: Cpus


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreKind:
    """CPUs whose cores are alike, and what tells them from others: `P`, `of capacity 1024`.

    The name is empty where all cores of the machine are alike.
    """

    name: str
    cpus: Cpus


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """CPUs by number, ascending, and the groups that they form.

    `cores` are the physical cores that are online, each with its logical CPUs (SMT siblings);
    `caches` the groups by last-level cache; `packages` the sockets; `nodes` the NUMA nodes;
    `kinds` the kinds of core, the fastest first. Each of these holds every online CPU exactly
    once. Groups are ordered by their first CPU, kinds by speed.
    """

    online: Cpus
    allowed: Cpus
    cores: tuple[Cpus, ...]
    caches: tuple[CacheGroup, ...]
    packages: tuple[Cpus, ...]
    nodes: tuple[Cpus, ...]
    kinds: tuple[CoreKind, ...]

    @property
    def smt(self) -> bool:
        """Whether a physical core has more than one logical CPU online."""
        return any(len(core) > 1 for core in self.cores)

    @property
    def usable_cores(self) -> tuple[Cpus, ...]:
        """Return the physical cores with what of them is allowed, leaving out the others."""
        allowed = set(self.allowed)
        cut = (tuple(cpu for cpu in core if cpu in allowed) for core in self.cores)
        return tuple(core for core in cut if core)

    @property
    def usable_kinds(self) -> tuple[CoreKind, ...]:
        """Return the kinds of core of which some CPU is allowed, the fastest first."""
        allowed = set(self.allowed)
        return tuple(kind for kind in self.kinds if allowed.intersection(kind.cpus))

    def count_kinds(self, cores: Collection[Cpus]) -> str:
        """Return how many cores are of each kind, as `4 P, 8 E`; empty where one kind is all."""
        if len(self.kinds) == 1:
            return ""
        counts = ((sum(core[0] in kind.cpus for core in cores), kind.name) for kind in self.kinds)
        return ", ".join(f"{count} {name}" for count, name in counts if count)
