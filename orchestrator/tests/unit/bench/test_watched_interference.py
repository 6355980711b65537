"""What others had of the sides' CPUs while a load was watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.loading import Watch
from clusterbench.host.cpu_time import CpuTimes
from clusterbench.load.kinds.kind import Part
from clusterbench.model.cpus import CpuSet
from clusterbench.model.records import SideUsage
from clusterbench.model.units import Seconds
from support.fakes import FakeGenerator, FakeServer, World
from support.lab import TIMING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIRST, SECOND, BOTH = CpuSet((0,)), CpuSet((1,)), CpuSet((0, 1))
#: Each side uses half a CPU.
SIDES = (
    SideUsage(cpu=Seconds(5.0), seconds=Seconds(10.0), cpus=1),
    SideUsage(cpu=Seconds(5.0), seconds=Seconds(10.0), cpus=1),
)


def counters(*busy: float) -> Callable[[], CpuTimes]:
    """Return counters over 10 s in which each CPU ran for so long (s)."""

    def moments() -> Iterator[CpuTimes]:
        yield CpuTimes(at=100.0, busy=dict.fromkeys(range(len(busy)), 7.0))
        yield CpuTimes(at=110.0, busy={cpu: 7.0 + ran for cpu, ran in enumerate(busy)})

    return moments().__next__


def told(
    machine: Callable[[], CpuTimes | None] | None, sets: tuple[CpuSet, CpuSet] = (FIRST, SECOND)
) -> list[float | None]:
    world = World()
    part = Part(name="load", timing=TIMING, counters=(0.0, 0.0))
    watch = Watch(FakeServer(world, "any"), FakeGenerator(world), part, machine=machine)
    watch.through(lambda: True)
    return [side.interference for side in watch.with_interference(SIDES, sets) if side is not None]


def test_each_side_has_what_others_had_of_its_own_cpus() -> None:
    assert told(counters(8.0, 5.0)) == [pytest.approx(0.3), 0.0]


def test_sides_on_the_same_cpus_share_what_others_had_of_them() -> None:
    assert told(counters(8.0, 6.0), (BOTH, BOTH)) == [pytest.approx(0.2)] * 2


def test_sides_that_are_not_pinned_share_what_others_had_of_all() -> None:
    assert told(counters(8.0, 6.0), (CpuSet(), CpuSet())) == [pytest.approx(0.2)] * 2


def test_it_is_not_known_where_the_machine_does_not_tell() -> None:
    assert told(None) == [None, None]
    assert told(lambda: None) == [None, None]


def test_it_is_not_known_of_a_side_without_counters() -> None:
    world = World()
    part = Part(name="load", timing=TIMING, counters=(0.0, 0.0))
    watch = Watch(FakeServer(world, "any"), FakeGenerator(world), part, machine=counters(9.0, 9.0))
    watch.through(lambda: True)
    assert watch.with_interference((None, SIDES[1]), (FIRST, SECOND)) == (None, SIDES[1])


def test_a_load_that_is_not_measured_may_end_before_its_counters_are_read() -> None:
    world = World()
    part = Part(name="probe", timing=TIMING, counters=(0.0, 0.0), measured=False)
    watch = Watch(FakeServer(world, "any"), FakeGenerator(world), part)
    watch.through(lambda: False)
    assert watch.usage(1, 1) == (None, None)
