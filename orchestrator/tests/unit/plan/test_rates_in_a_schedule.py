"""What is left of a turn whose rates are made from what another of its trials gave."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from clusterbench.model.experiment import Loop
from clusterbench.plan.schedule import remaining, schedule
from support.factories import experiment

if TYPE_CHECKING:
    from clusterbench.model.experiment import Experiment


def with_shares() -> Experiment:
    made = experiment(rounds=1)
    shares = dataclasses.replace(
        made.scenarios["saturated"],
        name="at-rate",
        generator="grpc-load",
        sweep=(10, 90),
        saturates=False,
        loop=Loop.OPEN,
        load={"kind": "share-of-saturated", "of": "saturated"},
    )
    return dataclasses.replace(made, scenarios={**made.scenarios, "at-rate": shares})


@pytest.mark.parametrize(
    ("missing", "runs"),
    [
        ({"at-rate"}, {"saturated", "at-rate"}),
        ({"saturated"}, {"saturated"}),
        ({"predict"}, {"predict"}),
        (set(), set()),
    ],
)
def test_a_saturating_trial_is_run_again_where_something_of_its_turn_needs_it_and_nowhere_else(
    missing: set[str], runs: set[str]
) -> None:
    made = with_shares()
    turns = schedule(made)
    done = {
        trial.id
        for turn in turns
        for trial in turn.trials
        if turn is not turns[0] or trial.cell.scenario not in missing
    }
    left = remaining(made, turns, done)
    assert len(left) == bool(runs)
    assert {trial.cell.scenario for turn in left for trial in turn.trials} == runs


def test_a_level_that_is_left_is_run_alone_with_what_it_needs() -> None:
    made = with_shares()
    turn = schedule(made)[0]
    (left,) = remaining(made, [turn], {trial.id for trial in turn.trials[:-1]})
    assert left.trials[-1] == turn.trials[-1]
    assert [trial.cell.scenario for trial in left.trials] == ["saturated", "at-rate"]
