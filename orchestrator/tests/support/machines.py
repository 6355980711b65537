"""Machines, real ones and virtual ones, as their kernels list them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from support.hybrid_machines import HYBRID
from support.machine import Machine, by_turns, each

if TYPE_CHECKING:
    from collections.abc import Sequence


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


# SMT is CPUs n and n+32; each socket is two NUMA nodes; an L3 has 4 cores.
EPYC = Machine(
    online="0-63",
    siblings=[f"{cpu},{cpu + 32}" for cpu in range(32)],
    caches=[f"{cpu}-{cpu + 3},{cpu + 32}-{cpu + 35}" for cpu in range(0, 32, 4)],
    packages=["0-15,32-47", "16-31,48-63"],
    nodes=[f"{cpu}-{cpu + 7},{cpu + 32}-{cpu + 39}" for cpu in range(0, 32, 8)],
)

MACHINES = {
    **HYBRID,
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
    "virtual machine of 6, two without an L3": Machine(
        online="0-5", siblings=each("0-5"), caches=["0-3"], clusters=each("0-5"), nodes=["0-5"]
    ),
    "virtual machine of 4, one with an L3": Machine(
        online="0-3", siblings=each("0-3"), caches=["0"], nodes=["0-3"]
    ),
    "virtual machine of 4 sockets": Machine(
        online="0-3", siblings=each("0-3"), caches=each("0-3"), packages=each("0-3"), nodes=["0-3"]
    ),
    "Raspberry Pi 4": Machine(
        online="0-3",
        siblings=each("0-3"),
        clusters=["0-3"],
        packages=["0-3"],
        capacities={"0-3": 1024},
        frequencies={"0-3": 1500000},
        parts={"0-3": "0x00000000410fd083"},
    ),
    # Better cores of one kind are clocked higher, in small steps.
    "Ryzen 9 5950X": Machine(
        online="0-31",
        siblings=[f"{cpu},{cpu + 16}" for cpu in range(16)],
        caches=["0-7,16-23", "8-15,24-31"],
        packages=["0-31"],
        nodes=["0-31"],
        frequencies={f"{cpu},{cpu + 16}": 6160000 - 110000 * (cpu * 5 % 16) for cpu in range(16)},
    ),
    "Graviton3": Machine(
        online="0-15",
        siblings=each("0-15"),
        caches=["0-15"],
        clusters=each("0-15"),
        packages=["0-15"],
        nodes=["0-15"],
        capacities={"0-15": 1024},
        parts={"0-15": "0x00000000411fd401"},
    ),
    "two sockets of Epyc 7313": EPYC,
    "two sockets of Epyc 7313, 3 cores of each L3": replace(
        EPYC, allowed=[cpu for cpu in range(32) if cpu % 4 < 3]
    ),
    "two sockets of Epyc 7313, a core of each L3": replace(EPYC, allowed=range(0, 32, 4)),
    # Dell counts the CPUs of two sockets by turns.
    "two sockets by turns": Machine(
        online="0-15",
        siblings=each("0-15"),
        caches=[by_turns(0, 16, 2), by_turns(1, 16, 2)],
        packages=[by_turns(0, 16, 2), by_turns(1, 16, 2)],
        nodes=[by_turns(0, 16, 2), by_turns(1, 16, 2)],
    ),
}
