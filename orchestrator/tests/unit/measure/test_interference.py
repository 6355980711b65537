"""Which share of a side's CPUs went to neither side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterbench.measure.interference import interference, of_trial
from clusterbench.model.disturbance import NO_REPEATS
from clusterbench.model.records import PartRecord, SideUsage
from clusterbench.model.units import RequestsPerSecond, Seconds
from support.trials import trial


def used(cpu: float, seconds: float = 5.0, cpus: int = 1) -> SideUsage:
    return SideUsage(cpu=Seconds(cpu), seconds=Seconds(seconds), cpus=cpus)


def test_what_neither_side_ran_is_interference() -> None:
    assert interference({0: 5.0, 1: 2.0}, 5.0, [0], [used(3.5)]) == pytest.approx(0.3)


def test_time_of_other_cpus_is_none() -> None:
    assert interference({0: 5.0, 1: 5.0}, 5.0, [0], [used(5.0)]) == 0.0


def test_it_is_a_share_of_all_of_a_sides_cpus() -> None:
    assert interference({0: 5.0, 1: 5.0}, 5.0, [0, 1], [used(6.0, cpus=2)]) == pytest.approx(0.4)


def test_sides_that_share_their_cpus_are_taken_together() -> None:
    both = [used(3.0, cpus=2), used(5.0, cpus=2)]
    assert interference({0: 5.0, 1: 5.0}, 5.0, [0, 1], both) == pytest.approx(0.2)


def test_counters_that_were_read_at_other_moments_are_compared_as_rates() -> None:
    assert interference({0: 4.0}, 5.0, [0], [used(3.2, seconds=4.0)]) == 0.0


def test_it_is_never_below_nothing_nor_above_all() -> None:
    assert interference({0: 1.0}, 5.0, [0], [used(4.0)]) == 0.0
    assert interference({0: 9.0}, 5.0, [0], [used(0.0)]) == 1.0


def test_a_cpu_that_the_kernel_does_not_list_leaves_it_unknown() -> None:
    assert interference({0: 5.0}, 5.0, [0, 1], [used(1.0)]) is None
    assert interference({}, 5.0, [], [used(1.0)]) is None


@pytest.mark.parametrize(("share", "told"), [(None, False), (0.04, False), (0.05, True)])
def test_without_a_rule_it_moves_figures_from_a_twentieth_on(
    share: float | None, told: bool
) -> None:
    assert NO_REPEATS.disturbs(share) is told


def test_a_trial_of_several_loads_has_the_largest_of_all_of_them() -> None:
    part = PartRecord(name="p", seconds=Seconds(1.0), throughput=RequestsPerSecond(1.0))
    parts = (replace(part, interference=0.4), part)
    side = SideUsage(cpu=Seconds(1.0), seconds=Seconds(5.0), cpus=1, interference=0.1)
    assert of_trial(trial("one", 1, server=side, parts=parts)) == 0.4
    assert of_trial(trial("one", 1, server=side)) == 0.1
    assert of_trial(trial("one", 1, parts=(part,))) is None
