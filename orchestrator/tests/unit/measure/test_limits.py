from __future__ import annotations

import pytest

from clusterbench.measure.limits import FULL, limit_of_trial, of_cell
from clusterbench.model.records import SideUsage
from clusterbench.model.trial import Limit
from clusterbench.model.units import Seconds
from support.trials import side

SERVER, GENERATOR, NEITHER = Limit.SERVER_BOUND, Limit.CLIENT_BOUND, Limit.NEITHER


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
        ([], None),
    ],
)
def test_a_cells_limit_is_that_of_most_of_its_trials(
    trials: list[Limit], limit: Limit | None
) -> None:
    assert of_cell(trials) is limit
