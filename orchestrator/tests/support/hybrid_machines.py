"""Machines with several kinds of core, as their kernels list them."""

from __future__ import annotations

from dataclasses import replace

from support.machine import Machine, each, pairs

METEOR_LAKE = Machine(
    online="0-21",
    siblings=[*pairs(0, 12), *each("12-21")],
    caches=["0-19"],
    clusters=[*pairs(0, 12), "12-15", "16-19", "20-21"],
    packages=["0-21"],
    nodes=["0-21"],
    kinds={"cpu_core": "0-11", "cpu_atom": "12-21"},
    frequencies={"0-3,8-11": 4500000, "4-7": 4800000, "12-19": 3800000, "20-21": 2500000},
)

HYBRID = {
    # 4 P cores behind an L3, and 4 E cores that share an L2 alone.
    "Lunar Lake 258V": Machine(
        online="0-7",
        siblings=each("0-7"),
        caches=["0-3"],
        clusters=[*each("0-3"), "4-7"],
        packages=["0-7"],
        nodes=["0-7"],
        kinds={"cpu_core": "0-3", "cpu_atom": "4-7"},
        capacities={"0,1,3": 1003, "2": 1024, "4-7": 676},
        frequencies={"0,1,3": 4700000, "2": 4800000, "4-7": 3700000},
    ),
    "Raptor Lake 13900K": Machine(
        online="0-31",
        siblings=[*pairs(0, 16), *each("16-31")],
        caches=["0-31"],
        clusters=[*pairs(0, 16), "16-19", "20-23", "24-27", "28-31"],
        packages=["0-31"],
        nodes=["0-31"],
        kinds={"cpu_core": "0-15", "cpu_atom": "16-31"},
        frequencies={"0-7,12-15": 5500000, "8-11": 5800000, "16-31": 4300000},
    ),
    # Two of its E cores are on another die, slower and without an L3.
    "Meteor Lake 155H": METEOR_LAKE,
    "Meteor Lake 155H, P cores left out": replace(METEOR_LAKE, allowed=range(12, 22)),
    "Meteor Lake 155H, 2 P and 4 E cores": replace(
        METEOR_LAKE, allowed=[0, 1, 2, 3, 12, 13, 14, 15]
    ),
    "Meteor Lake 155H, E cores offline": replace(
        METEOR_LAKE,
        online="0-11",
        siblings=pairs(0, 12),
        caches=["0-11"],
        clusters=pairs(0, 12),
        packages=["0-11"],
        nodes=["0-11"],
        kinds={"cpu_core": "0-11", "cpu_atom": ""},
        frequencies={"0-11": 4800000},
    ),
    "Core i7-1255U, 2 P and 8 E cores": Machine(
        online="0-11",
        siblings=[*pairs(0, 4), *each("4-11")],
        caches=["0-11"],
        clusters=[*pairs(0, 4), "4-7", "8-11"],
        packages=["0-11"],
        nodes=["0-11"],
        kinds={"cpu_core": "0-3", "cpu_atom": "4-11"},
        frequencies={"0-3": 4700000, "4-11": 3500000},
    ),
    "Lakefield, 1 P and 4 E cores": Machine(
        online="0-4",
        siblings=each("0-4"),
        caches=["0-4"],
        packages=["0-4"],
        nodes=["0-4"],
        kinds={"cpu_core": "4", "cpu_atom": "0-3"},
    ),
    # The kernel names no kinds of AMD's: the dense cores are told by their clock.
    "Ryzen 5 8500G": Machine(
        online="0-11",
        siblings=pairs(0, 12),
        caches=["0-11"],
        packages=["0-11"],
        nodes=["0-11"],
        frequencies={"0-3": 5005000, "4-11": 3700000},
    ),
    "RK3588": Machine(
        online="0-7",
        siblings=each("0-7"),
        caches=["0-7"],
        clusters=each("0-7"),
        packages=["0-7"],
        nodes=["0-7"],
        capacities={"0-3": 414, "4-5": 1024, "6-7": 1003},
        frequencies={"0-3": 1800000, "4-5": 2400000, "6-7": 2352000},
        parts={"0-3": "0x00000000412fd050", "4-7": "0x00000000414fd0b0"},
    ),
    "RK3399, 2 big and 4 little cores": Machine(
        online="0-5",
        siblings=each("0-5"),
        clusters=["0-3", "4-5"],
        packages=["0-5"],
        capacities={"0-3": 485, "4-5": 1024},
        parts={"0-3": "0x00000000410fd034", "4-5": "0x00000000410fd082"},
    ),
    "phone of 1, 3 and 4 cores": Machine(
        online="0-7",
        siblings=each("0-7"),
        caches=["0-7"],
        packages=["0-7"],
        capacities={"0-3": 325, "4-6": 828, "7": 1024},
        parts={
            "0-3": "0x00000000411fd461",
            "4-6": "0x00000000411fd471",
            "7": "0x00000000411fd480",
        },
    ),
    "virtual machine on big and little cores": Machine(
        online="0-3",
        siblings=each("0-3"),
        capacities={"0-3": 1024},
        parts={"0-1": "0x00000000412fd050", "2-3": "0x00000000414fd0b0"},
    ),
}
