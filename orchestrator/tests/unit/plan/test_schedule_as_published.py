"""When what is measured by the published method runs, and how long it takes."""

from __future__ import annotations

import dataclasses

import pytest

from clusterbench.plan.schedule import duration, schedule, warmed
from support.factories import experiment, experiment_as_published


def test_what_is_measured_as_published_comes_first_and_in_its_sweeps_order() -> None:
    for turn in schedule(experiment_as_published())[:2]:
        scenarios = [trial.cell.scenario for trial in turn.trials]
        assert scenarios == ["then"] * 4 + ["predict"] * 2 + ["saturated"]
        assert [trial.cell.level for trial in turn.trials[:4]] == [2, 64, 128, 4]


def test_what_is_measured_as_published_once_is_in_the_first_round_alone() -> None:
    of = experiment_as_published(rounds=3)
    rounds = {t.round for turn in schedule(of) for t in turn.trials if t.cell.scenario == "then"}
    assert rounds == {1}


def test_a_contender_without_trials_in_a_round_has_no_turn_there() -> None:
    of = experiment_as_published(rounds=3)
    scenarios = {"then": of.scenarios["then"]}
    assert len(schedule(dataclasses.replace(of, scenarios=scenarios))) == 2


def test_the_estimate_counts_trials_as_published_at_their_own_length() -> None:
    of, plain = experiment_as_published(), experiment()
    longer = duration(of, schedule(of)).load - duration(plain, schedule(plain)).load
    assert longer == pytest.approx(2 * 4 * 0.08)


def test_a_turn_that_measures_as_published_alone_is_never_warmed() -> None:
    of = experiment_as_published(rounds=1)
    alone = dataclasses.replace(of, scenarios={"then": of.scenarios["then"]})
    (first, _) = schedule(alone)
    assert warmed(alone, first) is None
    assert duration(alone, [first]).load == pytest.approx(4 * 0.08)
