"""An experiment over sizes is contenders and scenarios on each model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterbench.measure.pairs import pairs
from clusterbench.measure.trials_by_cell import cells
from clusterbench.plan.over_sizes import over_sizes
from clusterbench.plan.schedule import duration, schedule
from support.factories import experiment
from support.sized_runs import LARGE, ROWS, SIZES, SMALL, THREE, sized_run

MODELS = len(SIZES.models)


def test_every_contender_serves_every_model_and_is_otherwise_what_it_was() -> None:
    made = sized_run().experiment
    assert len(made.contenders) == MODELS * len(THREE)
    served = {(each.base, each.size) for each in made.contenders.values()}
    assert served == {(name, size) for name in THREE for size in SIZES.models}
    found = made.contenders["rust-tonic-f128-c1000"]
    assert (found.name, found.service, found.size) == ("rust-tonic-f128-c1000", "rust-tonic", LARGE)
    assert found.published_name == "rust-tonic"


def test_a_contender_with_a_model_of_its_own_serves_the_generated_one() -> None:
    usual = experiment()
    own = replace(usual.contenders["rust-tonic"], model="own.json")
    made = over_sizes(replace(usual, contenders={"rust-tonic": own}), SIZES)
    assert {each.model for each in made.contenders.values()} == {None}


def test_a_scenario_on_a_model_is_taken_by_those_alone_that_serve_it() -> None:
    made = sized_run().experiment
    assert len(made.scenarios) == MODELS * len(ROWS)
    for scenario in made.scenarios.values():
        takers = [made.contenders[name] for name in scenario.contenders]
        assert [each.base for each in takers] == list(THREE)
        assert {each.size for each in takers} == {scenario.size}


def test_cells_tell_sizes_apart_and_a_turn_is_a_contender_on_a_model() -> None:
    made = sized_run().experiment
    assert len(set(cells(made))) == MODELS * len(THREE) * len(ROWS)
    turns = schedule(made)
    assert len(turns) == made.rounds * MODELS * len(THREE)
    trials = [trial.id for turn in turns for trial in turn.trials]
    assert len(trials) == len(set(trials)) == made.rounds * MODELS * len(THREE) * len(ROWS)
    for turn in turns:
        sizes = {made.scenarios[trial.cell.scenario].size for trial in turn.trials}
        assert sizes == {made.contenders[turn.contender].size}


def test_contenders_are_compared_on_one_model() -> None:
    made = sized_run().experiment
    for scenario in made.scenarios.values():
        found = [
            (made.contenders[above].base, made.contenders[below].base, made.contenders[below].size)
            for above, below, _ in pairs(made, scenario)
        ]
        assert found == [
            ("rust-tonic", "sklearn-grpc", scenario.size),
            ("rust-tonic", "linfa-py-grpc", scenario.size),
            ("linfa-py-grpc", "sklearn-grpc", scenario.size),
        ]


def test_a_plan_takes_the_time_of_each_model_in_turn() -> None:
    one = replace(SIZES, features=(SMALL.features,), clusters=(SMALL.clusters,))
    usual = experiment()
    alone = duration(usual, schedule(usual))
    of_one, of_all = (
        duration(made, schedule(made))
        for made in (over_sizes(usual, one), over_sizes(usual, SIZES))
    )
    assert of_one == alone
    assert (of_all.load, of_all.wall) == pytest.approx((MODELS * alone.load, MODELS * alone.wall))


def test_training_alone_has_no_sizes() -> None:
    usual = experiment(scenarios={}, contenders={})
    assert over_sizes(usual, SIZES) == usual
