"""A machine's CPUs as its kernel lists them, written out below a folder as /sys has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterbench.host.sysfs import read_topology

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.topology import Topology


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Lists as the kernel writes them, and numbers by the CPUs that have them.

    `caches` are the L3 caches and `clusters` the L2 caches that are listed; `kinds` Intel's lists
    by their folders; `capacities`, `frequencies` (kHz) and `parts` (MIDR) are by list of CPUs.
    """

    online: str
    siblings: Sequence[str] = ()
    caches: Sequence[str] = ()
    clusters: Sequence[str] = ()
    packages: Sequence[str] = ()
    nodes: Sequence[str] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    capacities: Mapping[str, int] = field(default_factory=dict)
    frequencies: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    allowed: Sequence[int] | None = None

    def write(self, root: Path) -> None:
        """Write /sys/devices/system at `root`; lists of kinds go beside it, as they do there."""
        files = {root / "cpu" / "online": self.online}
        for file, each in self._of_cpus():
            for group, text in each.items():
                files |= {root / "cpu" / f"cpu{cpu}" / file: str(text) for cpu in numbers(group)}
        for level, groups in (2, self.clusters), (3, self.caches):
            for group in groups:
                for cpu in numbers(group):
                    # A CPU's own first-level cache is listed before those that it shares.
                    for index, of, shared in ((0, 1, str(cpu)), (level, level, group)):
                        folder = root / "cpu" / f"cpu{cpu}" / "cache" / f"index{index}"
                        files |= {folder / "level": str(of), folder / "shared_cpu_list": shared}
        for number, group in enumerate(self.nodes):
            files[root / "node" / f"node{number}" / "cpulist"] = group
        files |= {root.parent / name / "cpus": group for name, group in self.kinds.items()}
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")

    def _of_cpus(self) -> Sequence[tuple[str, Mapping[str, str | int]]]:
        """Return what has a file for each CPU, by list of CPUs."""
        return (
            ("topology/thread_siblings_list", {group: group for group in self.siblings}),
            (
                "topology/physical_package_id",
                {group: number for number, group in enumerate(self.packages)},
            ),
            ("cpu_capacity", self.capacities),
            ("cpufreq/cpuinfo_max_freq", self.frequencies),
            ("regs/identification/midr_el1", self.parts),
        )

    def read(self, root: Path) -> Topology:
        """Write the machine below a folder of its own, and read it."""
        self.write(root / "system")
        allowed = numbers(self.online) if self.allowed is None else self.allowed
        return read_topology(root / "system", allowed)


def numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def each(group: str) -> list[str]:
    """Return each CPU of a list as a list of its own."""
    return [str(cpu) for cpu in numbers(group)]


def pairs(first: int, end: int) -> list[str]:
    """Return lists of two neighbours each."""
    return [f"{cpu}-{cpu + 1}" for cpu in range(first, end, 2)]


def by_turns(first: int, end: int, step: int) -> str:
    return ",".join(map(str, range(first, end, step)))
