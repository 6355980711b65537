from __future__ import annotations

import pytest

from clusterbench.model.cpus import CpuQuota, CpuSet
from clusterbench.plan.within_quota import within
from support.factories import cpu_plan


def sides(server: int, generator: int) -> tuple[CpuSet, CpuSet]:
    return CpuSet(tuple(range(server))), CpuSet(tuple(range(server, server + generator)))


@pytest.mark.parametrize(
    ("planned", "quota", "fitted"),
    [
        ((4, 4), 2.0, (1, 1)),
        ((4, 4), 6.0, (3, 3)),
        ((4, 4), 3.9, (1, 2)),
        ((1, 63), 2.0, (1, 1)),
        ((1, 63), 4.0, (1, 3)),
        ((2, 62), 4.0, (2, 2)),
        ((2, 62), 3.0, (1, 2)),
    ],
)
def test_a_plan_shrinks_to_a_quota_so_that_nothing_is_throttled(
    planned: tuple[int, int], quota: float, fitted: tuple[int, int]
) -> None:
    server, generator = sides(*planned)
    found = within(
        cpu_plan(
            server=server, generator=generator,
            server_capacity=len(server), generator_capacity=len(generator), note="",
        ),
        CpuQuota(quota, "/ci"),
    )  # fmt: skip
    assert (len(found.server), len(found.generator)) == fitted
    assert (found.server_capacity, found.generator_capacity) == fitted
    assert set(found.server.cpus) <= set(server.cpus)
    assert set(found.generator.cpus) <= set(generator.cpus)
    assert found.quota == quota
    assert found.note == f"a CPU quota of {quota:g} CPUs is shared by both sides: shrunk to it"


@pytest.mark.parametrize("quota", [0.5, 1.0, 1.5])
def test_a_quota_below_a_cpu_for_each_side_is_said_to_throttle(quota: float) -> None:
    planned = cpu_plan()
    found = within(planned, CpuQuota(quota, "/ci"))
    assert (found.server, found.generator) == (planned.server, planned.generator)
    assert found.note.startswith(f"{planned.note}; a CPU quota of {quota:g} CPU")
    assert found.note.endswith("less than their CPUs: trials can be throttled")


@pytest.mark.parametrize("quota", [None, CpuQuota(2.0, "/ci"), CpuQuota(64.0, "/ci")])
def test_a_quota_that_holds_nothing_back_changes_no_plan(quota: CpuQuota | None) -> None:
    assert within(cpu_plan(), quota) == cpu_plan()


def test_sides_that_are_not_pinned_run_no_more_threads_than_their_quota_has_cpus() -> None:
    planned = cpu_plan(
        server=CpuSet(), generator=CpuSet(), server_capacity=64, generator_capacity=64
    )
    found = within(planned, CpuQuota(2.5, "/ci"))
    assert not found.server
    assert (found.server_capacity, found.generator_capacity) == (2, 2)
    assert "2.5 CPUs is shared by both sides, not pinned: trials can be throttled" in str(found)


def test_both_sides_on_one_cpu_fit_a_quota_of_one() -> None:
    shared = cpu_plan(server=CpuSet((0,)), generator=CpuSet((0,)))
    assert within(shared, CpuQuota(1.0, "/ci")) == shared
    assert "throttled" in within(shared, CpuQuota(0.5, "/ci")).note
