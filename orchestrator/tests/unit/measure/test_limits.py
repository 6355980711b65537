from __future__ import annotations

import dataclasses

import pytest

from clusterbench.measure.comparison import bound
from clusterbench.measure.limits import FULL, THROTTLED, limit_of_trial, of_cell
from clusterbench.model.records import SideUsage
from clusterbench.model.trial import Limit
from clusterbench.model.units import Seconds
from support.trials import held_back, side

SERVER, GENERATOR, NEITHER = Limit.SERVER_BOUND, Limit.CLIENT_BOUND, Limit.NEITHER
HELD = Limit.THROTTLED


@pytest.mark.parametrize(
    ("server", "generator", "limit"),
    [
        (1.0, 0.3, SERVER),
        (0.3, 1.0, GENERATOR),
        (0.3, 0.3, NEITHER),
        (1.0, 1.0, SERVER),
        (FULL, 0.0, SERVER),
        (0.0, FULL, GENERATOR),
        (FULL - 0.01, FULL - 0.01, NEITHER),
    ],
)
def test_the_full_side_is_the_limit_and_the_server_where_both_are(
    server: float, generator: float, limit: Limit
) -> None:
    assert limit_of_trial(side(server), side(generator)) is limit


def test_a_server_whose_counters_are_not_known_leaves_the_generator_to_be_the_limit() -> None:
    assert limit_of_trial(None, side(FULL)) is GENERATOR
    assert limit_of_trial(None, side(0.5)) is NEITHER


def test_one_busy_core_of_four_is_not_full() -> None:
    one_of_four = SideUsage(cpu=Seconds(5.0), seconds=Seconds(5.0), cpus=4)
    assert limit_of_trial(one_of_four, side(0.1)) is NEITHER


@pytest.mark.parametrize(
    ("trials", "limit"),
    [
        ([SERVER, SERVER, NEITHER], SERVER),
        ([GENERATOR, GENERATOR, SERVER], GENERATOR),
        ([SERVER, GENERATOR], NEITHER),
        ([SERVER, GENERATOR, NEITHER], NEITHER),
        ([GENERATOR], GENERATOR),
        ([SERVER, SERVER, HELD], HELD),
        ([SERVER, NEITHER, HELD], HELD),
        ([], None),
    ],
)
def test_a_cells_limit_is_that_of_most_of_its_trials(
    trials: list[Limit], limit: Limit | None
) -> None:
    assert of_cell(trials) is limit


@pytest.mark.parametrize(
    ("server", "generator"),
    [
        (held_back(0.25), held_back(0.25)),
        (held_back(0.25), side(0.3)),
        (side(0.3), held_back(0.25)),
        (held_back(0.5), held_back(0.1, 0.0)),
        (side(1.0), held_back(0.25)),
        (held_back(0.25), side(1.0)),
        (None, held_back(0.25)),
        (held_back(0.25, 5.0 * THROTTLED), side(0.1)),
        (
            dataclasses.replace(held_back(0.25), quota=None),
            side(0.1),
        ),  # by a quota that is not seen from here
    ],
)
def test_a_trial_that_a_quota_held_back_is_throttled_whatever_was_full(
    server: SideUsage | None, generator: SideUsage
) -> None:
    assert limit_of_trial(server, generator) is HELD


def test_a_quota_that_held_nothing_back_is_no_limit() -> None:
    assert limit_of_trial(held_back(0.4, 0.0), held_back(0.1, 0.9 * 5.0 * THROTTLED)) is NEITHER


def test_a_quota_that_is_used_up_is_a_full_side() -> None:
    assert held_back(0.5, 0.0).share == 1.0
    assert limit_of_trial(held_back(0.49, 0.0), side(0.1)) is SERVER


@pytest.mark.parametrize(
    ("cpus", "quota", "capacity"), [(4, None, 4), (4, 1.5, 1.5), (1, 2.0, 1), (2, 2.0, 2.0)]
)
def test_a_sides_capacity_is_the_least_of_its_cpus_and_its_quota(
    cpus: int, quota: float | None, capacity: float
) -> None:
    used = SideUsage(cpu=Seconds(3.0), seconds=Seconds(5.0), cpus=cpus, quota=quota)
    assert used.capacity == capacity
    assert used.share == pytest.approx(3.0 / 5.0 / capacity)


@pytest.mark.parametrize(
    ("cpu", "beyond"), [(5.0, False), (5.1, False), (5.3, True), (10.0, True), (0.0, False)]
)
def test_no_share_is_above_all_of_it_and_use_of_other_cpus_is_told(
    cpu: float, beyond: bool
) -> None:
    used = SideUsage(cpu=Seconds(cpu), seconds=Seconds(5.0), cpus=1)
    assert used.share <= 1.0
    assert used.beyond_cpus is beyond


def test_a_clock_tick_is_not_use_of_other_cpus() -> None:
    assert not SideUsage(cpu=Seconds(0.095), seconds=Seconds(0.08), cpus=1).beyond_cpus


@pytest.mark.parametrize(
    ("numerator", "denominator", "said"),
    [
        (HELD, SERVER, ">="),
        (SERVER, HELD, "<="),
        (HELD, HELD, "unknown"),
        (HELD, GENERATOR, "unknown"),
        (SERVER, NEITHER, ""),
    ],
)
def test_a_throttled_side_bounds_a_ratio_as_a_full_generator_does(
    numerator: Limit, denominator: Limit, said: str
) -> None:
    assert bound(numerator, denominator) == said
