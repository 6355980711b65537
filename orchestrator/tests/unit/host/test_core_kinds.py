from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.machine import Machine, each
from support.machines import MACHINES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("machine", "kinds"),
    [
        ("Lunar Lake 258V", {"P": "0-3", "E": "4-7"}),
        ("Raptor Lake 13900K", {"P": "0-15", "E": "16-31"}),
        ("Meteor Lake 155H", {"P": "0-11", "E at 3.8 GHz": "12-19", "E at 2.5 GHz": "20-21"}),
        ("Lakefield, 1 P and 4 E cores", {"P": "4", "E": "0-3"}),
        ("RK3588", {"of capacity 1024": "4-7", "of capacity 414": "0-3"}),
        (
            "phone of 1, 3 and 4 cores",
            {"of capacity 1024": "7", "of capacity 828": "4-6", "of capacity 325": "0-3"},
        ),
        ("Ryzen 5 8500G", {"at 5.0 GHz": "0-3", "at 3.7 GHz": "4-11"}),
        (
            "virtual machine on big and little cores",
            {"of part 0x41:0xd05": "0-1", "of part 0x41:0xd0b": "2-3"},
        ),
    ],
)
def test_kinds_of_core_are_told_apart_and_the_fastest_is_first(
    tmp_path: Path, machine: str, kinds: dict[str, str]
) -> None:
    found = MACHINES[machine].read(tmp_path).kinds
    assert [(kind.name, list(kind.cpus)) for kind in found] == [
        (name, [int(cpu) for cpu in each(cpus)]) for name, cpus in kinds.items()
    ]


@pytest.mark.parametrize(
    "machine",
    [
        "Ryzen 7 1700",
        "Graviton3",
        "two sockets of Epyc 7313",
        "virtual machine without topology",
        "virtual machine of 6, two without an L3",
        "Meteor Lake 155H, E cores offline",
    ],
)
def test_cores_that_the_kernel_tells_no_difference_of_are_of_one_kind(
    tmp_path: Path, machine: str
) -> None:
    found = MACHINES[machine].read(tmp_path)
    assert [(kind.name, kind.cpus) for kind in found.kinds] == [("", found.online)]


def test_better_cores_of_one_kind_are_not_taken_for_another(tmp_path: Path) -> None:
    found = MACHINES["Ryzen 9 5950X"].read(tmp_path)
    assert len(found.kinds) == 1


def test_a_sign_that_some_cores_do_not_show_tells_nothing(tmp_path: Path) -> None:
    machine = Machine(
        online="0-3", capacities={"0-1": 1024}, frequencies={"2": 800000}, parts={"3": "0x410fd083"}
    )
    assert len(machine.read(tmp_path).kinds) == 1


def test_what_makes_no_number_is_no_sign(tmp_path: Path) -> None:
    machine = Machine(online="0-1", parts={"0-1": "none"}, capacities={"0": 1, "1": 0})
    assert len(machine.read(tmp_path).kinds) == 1
