"""Machines' CPUs as their kernels list them, written out below a folder as /sys has them."""

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
    """Lists as the kernel writes them: the online CPUs, and who shares a core, an L3, a node."""

    online: str
    siblings: Sequence[str] = ()
    caches: Sequence[str] = ()
    nodes: Sequence[str] = ()
    allowed: Sequence[int] | None = None
    expected: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        (root / "cpu").mkdir(parents=True)
        (root / "cpu" / "online").write_text(f"{self.online}\n")
        for group in self.siblings:
            for cpu in numbers(group):
                folder = root / "cpu" / f"cpu{cpu}" / "topology"
                folder.mkdir(parents=True)
                (folder / "thread_siblings_list").write_text(f"{group}\n")
        for group in self.caches:
            for cpu in numbers(group):
                for index, level, shared in ((0, 1, str(cpu)), (3, 3, group)):
                    folder = root / "cpu" / f"cpu{cpu}" / "cache" / f"index{index}"
                    folder.mkdir(parents=True)
                    (folder / "level").write_text(f"{level}\n")
                    (folder / "shared_cpu_list").write_text(f"{shared}\n")
        for number, group in enumerate(self.nodes):
            folder = root / "node" / f"node{number}"
            folder.mkdir(parents=True)
            (folder / "cpulist").write_text(f"{group}\n")

    def read(self, root: Path) -> Topology:
        self.write(root)
        allowed = numbers(self.online) if self.allowed is None else self.allowed
        return read_topology(root, allowed)


def numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def plain(cores: int, allowed: Sequence[int] | None = None) -> Machine:
    """Cores without SMT behind one L3 cache."""
    everyone = f"0-{cores - 1}" if cores > 1 else "0"
    return Machine(
        online=everyone,
        siblings=[str(cpu) for cpu in range(cores)],
        caches=[everyone],
        nodes=[everyone],
        allowed=allowed,
    )


MACHINES = {
    # What the lab's figures were published from: siblings 2n and 2n+1, two groups of four cores.
    "Ryzen 7 1700": Machine(
        online="0-15",
        siblings=[f"{cpu}-{cpu + 1}" for cpu in range(0, 16, 2)],
        caches=["0-7", "8-15"],
        nodes=["0-15"],
    ),
    "Ryzen 7 1700, SMT off": Machine(
        online="0,2,4,6,8,10,12,14",
        siblings=[str(cpu) for cpu in range(0, 16, 2)],
        caches=["0,2,4,6", "8,10,12,14"],
        nodes=["0,2,4,6,8,10,12,14"],
    ),
    "Core i7, siblings n and n+8": Machine(
        online="0-15",
        siblings=[f"{cpu},{cpu + 8}" for cpu in range(8)],
        caches=["0-15"],
        nodes=["0-15"],
    ),
    "two sockets of 8": Machine(
        online="0-15",
        siblings=[str(cpu) for cpu in range(16)],
        caches=["0-7", "8-15"],
        nodes=["0-7", "8-15"],
    ),
    "four caches of 2 cores": Machine(
        online="0-7",
        siblings=[str(cpu) for cpu in range(8)],
        caches=["0-1", "2-3", "4-5", "6-7"],
        nodes=["0-7"],
    ),
    "one core": plain(1),
    "one core, two threads": Machine(online="0-1", siblings=["0-1"], caches=["0-1"], nodes=["0-1"]),
    "two cores": plain(2),
    "three cores": plain(3),
    "four cores": plain(4),
    "eight cores": plain(8),
    "four cores, some offline": Machine(
        online="0,3,5,6", siblings=["0", "3", "5", "6"], caches=["0,3", "5-6"], nodes=["0,3,5-6"]
    ),
    "container with four of eight": plain(8, allowed=[2, 3, 6, 7]),
    "container with two threads of one core": Machine(
        online="0-15",
        siblings=[f"{cpu},{cpu + 8}" for cpu in range(8)],
        caches=["0-15"],
        nodes=["0-15"],
        allowed=[1, 9],
    ),
    "virtual machine without topology": Machine(online="0-3"),
}
