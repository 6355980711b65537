"""Disturbed trials are run again at the end of their turn, as often as the rule says."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.session import Assembly
from clusterbench.bench.trial_line import line
from clusterbench.errors import GeneratorFailed
from clusterbench.measure.interference import of_trial
from clusterbench.model.disturbance import InterferenceRule
from clusterbench.model.records import Outcome, PartRecord
from clusterbench.model.units import RequestsPerSecond, Seconds
from clusterbench.plan.schedule import remaining, schedule
from support.factories import experiment
from support.trials import figures_of, side, trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.records import TrialRecord
    from support.lab import Lab

RULE = InterferenceRule(bound=0.25, repeats=2)
FIRST = "r1-rust-tonic-predict-64"


def tries(made: Lab, trial: str = FIRST) -> list[TrialRecord]:
    return [record for record in made.trials if trial in {record.id, record.repeats}]


def test_a_quiet_trial_is_not_run_again(lab: Callable[..., Lab]) -> None:
    made = lab(interference=RULE)
    assert made.run() == 0
    assert len(made.trials) == 6
    assert {record.repeats for record in made.trials} == {None}


def test_a_disturbed_trial_is_run_again_at_the_end_of_its_turn(lab: Callable[..., Lab]) -> None:
    made = lab(interference=RULE)
    made.world.others = {FIRST: 0.5}
    assert made.run() == 0
    of_turn = [record for record in made.trials if record.contender == "rust-tonic"]
    assert len(of_turn) == 4
    assert of_turn[-1].id == f"{FIRST}-again1"
    assert of_turn[-1].repeats == FIRST
    assert "run again" in made.out.getvalue()


def test_all_tries_are_kept_with_their_samples(lab: Callable[..., Lab]) -> None:
    made = lab(interference=RULE)
    made.world.others = {FIRST: 0.5}
    made.run()
    disturbed, quiet = tries(made)
    assert of_trial(disturbed) == pytest.approx(0.5, abs=0.05)
    assert of_trial(quiet) == pytest.approx(0.0, abs=0.05)
    for record in (disturbed, quiet):
        assert len(made.folder.samples(record.id).start) == sum(record.summary_counts.values())


def test_it_is_run_again_no_more_often_than_the_rule_says(lab: Callable[..., Lab]) -> None:
    made = lab(interference=RULE)
    made.world.others = {FIRST: 0.5, f"{FIRST}-again1": 0.4, f"{FIRST}-again2": 0.6}
    made.run()
    assert [record.id for record in tries(made)] == [FIRST, f"{FIRST}-again1", f"{FIRST}-again2"]


def test_no_trial_is_run_again_where_the_rule_has_no_repeats(lab: Callable[..., Lab]) -> None:
    made = lab(interference=replace(RULE, repeats=0))
    made.world.others = {FIRST: 0.5}
    made.run()
    assert len(tries(made)) == 1


def test_a_try_that_fails_is_no_failure_of_the_run(lab: Callable[..., Lab]) -> None:
    made = lab(interference=RULE)
    made.world.others = {FIRST: 0.5}
    made.world.fails = {f"{FIRST}-again1": GeneratorFailed("it broke")}
    assert made.run() == 0
    assert [record.outcome for record in tries(made)] == [Outcome.OK, Outcome.FAILED, Outcome.OK]
    assert "it broke" in made.out.getvalue()


def test_a_trial_that_failed_is_not_run_again(lab: Callable[..., Lab]) -> None:
    made = lab(interference=RULE)
    made.world.others = {FIRST: 0.5}
    made.world.fails = {FIRST: GeneratorFailed("it broke")}
    assert made.run() == 1
    assert len(tries(made)) == 1


def test_a_server_that_ends_in_a_repeat_is_a_failed_turn(lab: Callable[..., Lab]) -> None:
    made = lab(interference=RULE)
    made.world.others = {FIRST: 0.5}
    made.world.dies_at = f"{FIRST}-again1"
    assert made.run() == 1
    assert [turn.outcome for turn in made.turns if turn.contender == "rust-tonic"] == [
        Outcome.FAILED
    ]


def test_rates_stay_those_of_the_first_saturated_trial(lab: Callable[..., Lab]) -> None:
    made = experiment()
    share = replace(
        made.scenarios["predict"],
        name="share",
        generator="grpc-load",
        sweep=(50,),
        load={"kind": "share-of-saturated", "of": "saturated"},
    )
    scenarios = {"saturated": made.scenarios["saturated"], "share": share}
    own = lab(interference=RULE, scenarios=scenarios)
    saturated, scheduled = "r1-rust-tonic-saturated-800", "r1-rust-tonic-share-50"
    own.world.others = {saturated: 0.5, scheduled: 0.5}
    own.world.rates = itertools.count(10_000.0, 1_000.0)  # none of two loads is the same
    own.run()
    assert len(tries(own, saturated)) == 2
    first, again = tries(own, scheduled)
    assert first.rate == again.rate


def test_what_was_run_again_is_left_alone_by_a_resumed_run(lab: Callable[..., Lab]) -> None:
    made = lab(interference=RULE)
    made.world.others = {FIRST: 0.5}
    made.run()
    run = made.folder.run
    parts = Assembly(experiment=run.experiment, plan=run.plan, data=made.data, resumed=made.folder)
    assert FIRST in parts.done()
    assert f"{FIRST}-again1" not in parts.done()
    assert remaining(run.experiment, schedule(run.experiment), parts.done()) == ()


@pytest.mark.parametrize(
    ("share", "parts", "said"),
    [
        (0.5, (), "(others had 50% of the server's CPUs)"),
        (0.1, (0.4, 0.1), "(others had 40% of a side's CPUs in one of its loads)"),
        (0.1, (0.2,), None),
    ],
)
def test_the_line_of_a_disturbed_trial_says_how_much_others_had(
    share: float, parts: tuple[float, ...], said: str | None
) -> None:
    part = PartRecord(name="p", seconds=Seconds(1.0), throughput=RequestsPerSecond(1.0))
    record = trial(
        "slow",
        1,
        server=replace(side(0.5), interference=share),
        parts=tuple(replace(part, interference=each) for each in parts),
    )
    text = line(figures_of(100.0), record, RULE)
    assert (said in text) if said else ("others had" not in text)
