from __future__ import annotations

import dataclasses

import pytest

from clusterbench.model.disturbance import InterferenceRule
from clusterbench.model.experiment import WarmUp
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import (
    duration,
    remaining,
    repeats_of,
    schedule,
    time_of,
    warm_up_chunks,
)
from support.factories import experiment


def test_every_cell_comes_once_in_every_round() -> None:
    made = experiment(rounds=3)
    ids = [trial.id for turn in schedule(made) for trial in turn.trials]
    assert len(ids) == len(set(ids)) == 3 * 2 * 3


def test_a_turn_holds_one_contender_and_one_round() -> None:
    for turn in schedule(experiment()):
        assert {trial.cell.contender for trial in turn.trials} == {turn.contender}
        assert {trial.round for trial in turn.trials} == {turn.round}


def test_h2load_comes_last_in_a_turn() -> None:
    for turn in schedule(experiment()):
        assert [trial.cell.scenario for trial in turn.trials] == ["predict", "predict", "saturated"]


def test_the_same_seed_gives_the_same_order_and_others_give_others() -> None:
    assert schedule(experiment(seed=1)) == schedule(experiment(seed=1))
    orders = {tuple(t.contender for t in schedule(experiment(seed=s, rounds=6))) for s in range(9)}
    assert len(orders) > 1


def test_contenders_and_levels_are_shuffled_from_round_to_round() -> None:
    turns = schedule(experiment(rounds=20))
    firsts = {turns[i].contender for i in range(0, len(turns), 2)}
    levels = {tuple(t.cell.level for t in turn.trials) for turn in turns}
    assert len(firsts) == 2
    assert len(levels) == 2


def test_what_was_done_is_left_out_and_whole_turns_go() -> None:
    made = experiment()
    turns = schedule(made)
    done = {trial.id for trial in turns[0].trials} | {turns[1].trials[0].id}
    left = remaining(made, turns, done)
    assert len(left) == len(turns) - 1
    assert left[0].trials == turns[1].trials[1:]


def test_a_warm_up_of_eight_to_twenty_seconds_in_chunks_of_three_is_three_to_six() -> None:
    assert list(warm_up_chunks(experiment().warm_up)) == [3, 4, 5, 6]


def test_no_warm_up_is_no_chunk() -> None:
    none = WarmUp(
        chunk=Seconds(3.0), agree_within=0.1, shortest=Seconds(0), longest=Seconds(0), concurrency=1
    )
    chunks = warm_up_chunks(none)
    assert (chunks.start, chunks.stop - 1) == (0, 0)


def test_the_estimate_counts_each_trials_load_and_each_turns_warm_up() -> None:
    made = experiment()
    turns = schedule(made)
    time = duration(made, turns)
    assert time.load == 4 * 13.5 + 12 * 6.2
    assert time.wall > time.load
    assert duration(made, turns[:2]).load * 2 == time.load


def test_at_worst_every_trial_is_run_again_as_often_as_the_rule_has_it() -> None:
    none = experiment()
    assert duration(none, schedule(none)).again == 0.0
    twice = experiment(interference=InterferenceRule(repeats=2))
    time = duration(twice, schedule(twice))
    assert time.wall == duration(none, schedule(none)).wall
    assert time.again == pytest.approx(2 * 12 * time_of(twice, schedule(twice)[0].trials[0]))


@pytest.mark.parametrize(
    ("load", "most"),
    [
        ({"kind": "closed-loop"}, 2),
        ({"kind": "capacity", "of": "saturated"}, 1),
        ({"kind": "as-published", "duration": 1.0}, 0),
    ],
)
def test_a_load_kind_may_bound_how_often_its_trials_are_run_again(
    load: dict[str, object], most: int
) -> None:
    made = experiment(interference=InterferenceRule(repeats=2))
    scenario = dataclasses.replace(made.scenarios["predict"], load=load)
    made = dataclasses.replace(made, scenarios={**made.scenarios, "predict": scenario})
    trials = [trial for turn in schedule(made) for trial in turn.trials]
    assert {repeats_of(made, t) for t in trials if t.cell.scenario == "predict"} == {most}
