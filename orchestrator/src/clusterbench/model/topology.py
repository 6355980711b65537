"""The CPUs of a machine: which share a core, a cache, a memory node."""

from __future__ import annotations

from dataclasses import dataclass

Cpus = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """CPUs by number, ascending, and the groups that they form.

    `cores` are the physical cores that are online, each with its logical CPUs (SMT siblings);
    `caches` the groups that share a last-level (L3) cache, one group where the kernel names
    none; `nodes` the NUMA nodes. Groups hold online CPUs only, and are ordered by their first.
    """

    online: Cpus
    allowed: Cpus
    cores: tuple[Cpus, ...]
    caches: tuple[Cpus, ...]
    nodes: tuple[Cpus, ...]

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
