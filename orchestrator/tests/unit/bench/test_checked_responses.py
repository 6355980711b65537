"""What a generator says of the responses, beyond the samples: how a trial takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clusterbench.load.generator import Load, Reading, Right
from clusterbench.model.check import Check
from clusterbench.model.contender import Contender, Handler
from clusterbench.model.execution import Completed
from clusterbench.model.experiment import Loop, Scenario
from clusterbench.model.records import Outcome
from support.factories import experiment
from support.fakes import Driver

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.lab import Lab


def open_loop(generator: str, level: int) -> Scenario:
    return replace(
        experiment().scenarios["predict"],
        generator=generator,
        sweep=(level,),
        load={"kind": "open-loop"},
        loop=Loop.OPEN,
    )


def test_a_rate_is_not_taken_for_a_level_beyond_the_servers_bound_on_streams(
    lab: Callable[..., Lab],
) -> None:
    made = lab(scenarios={"predict": open_loop("ghz", 1000)})
    made.world.first_words = '{"event": "starting", "max_streams": 10}\n'
    made.run()
    assert [trial.held_back for trial in made.trials] == [None, None]


def reading(made: Lab, load: Load, **changes: Any) -> Reading:
    """A reading as the made-up generator gives it, with what another generator says."""
    usual = Driver(made.world, "ghz")
    usual.tag = "any"
    found = usual.read(load, Completed(exit_status=0, stdout="", stderr="", outputs={}))
    return replace(found, **changes)


def test_a_wrong_response_fails_the_trial_and_is_counted(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.drivers["h2load"].read = lambda load, completed: reading(  # type: ignore[method-assign]
        made, load, checked=5000, wrong=1200
    )
    assert made.run() == 2
    failed = {(t.scenario, t.reason) for t in made.trials if t.outcome is Outcome.FAILED}
    assert failed == {("saturated", "1,200 of 5,000 responses were not the right ones")}


def test_how_many_responses_were_checked_is_recorded_and_said(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.drivers["h2load"].read = lambda load, completed: reading(  # type: ignore[method-assign]
        made, load, checked=5000, checked_by=Check.MESSAGE
    )
    made.run()
    checked = {(t.scenario, t.checked_by, t.responses_checked) for t in made.trials}
    assert checked == {("predict", None, None), ("saturated", Check.MESSAGE, 5000)}
    assert made.out.getvalue().count("5,000 responses checked") == 2


def test_what_a_generator_doubts_is_a_warning_and_no_failure(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.drivers["h2load"].read = lambda load, completed: reading(  # type: ignore[method-assign]
        made, load, doubts=("it sent late",)
    )
    assert made.run() == 0
    assert "saturated  800: h2load doubts its figures: it sent late" in made.out.getvalue()
    doubts = {(trial.scenario, trial.doubts) for trial in made.trials}
    assert doubts == {("predict", ()), ("saturated", ("it sent late",))}


def test_a_generator_is_told_which_responses_are_right(lab: Callable[..., Lab]) -> None:
    names = {"sklearn-grpc": "model", "rust-tonic": "noop"}
    made = lab(
        contenders={
            name: Contender(name=name, service=name, title=name, handler=Handler(handler))
            for name, handler in names.items()
        }
    )
    made.run()
    told = [load.right for load in made.drivers["h2load"].loads]
    assert sorted(right for right in told if right) == [Right.NEAREST, Right.NOOP]
