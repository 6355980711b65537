"""Servers under profilers: once each, after their trials, and never a reason to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import GeneratorFailed
from clusterbench.model.contender import Contender, Handler
from clusterbench.model.records import Outcome
from clusterbench.plan.schedule import profiled, schedule
from clusterbench.store.profile_files import read
from support.factories import experiment

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from clusterbench.load.generator import Invocation, Load
    from support.lab import Lab

STACKS = {"perf": "a;b 2\nc 1\n"}


def test_each_server_is_sampled_once_after_its_last_trial(lab: Callable[..., Lab]) -> None:
    made = lab(profiler=True)
    made.world.stacks = STACKS
    assert made.run() == 0
    for turn in made.turns:
        assert turn.profile is not None
        assert turn.profile.samples == {"perf": 3}
        assert turn.profile.scenario == "saturated"
        assert turn.profile.lacking == {}
        assert read(made.folder.path, turn.contender, "perf") == STACKS["perf"]
        steps = [line for line in made.world.log if turn.contender in line]
        assert [line for line in steps if "samples" in line] == [
            f"perf samples {turn.contender}",
            f"py-spy samples {turn.contender}",
        ]
        assert steps.index(f"perf samples {turn.contender}") > max(
            place for place, line in enumerate(steps) if line.startswith("r1-")
        )


def test_the_first_round_alone_is_sampled() -> None:
    made = experiment(profiler=True, rounds=3)
    sampled = [turn.round for turn in schedule(made) if profiled(made, turn)]
    assert sampled == [1, 1]


def test_a_run_that_does_not_ask_samples_nothing(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.run()
    assert not any("samples" in line for line in made.world.log)
    assert all(turn.profile is None for turn in made.turns)


def test_what_is_sampled_is_loaded_as_its_profiler_asks(lab: Callable[..., Lab]) -> None:
    made = lab(profiler=True)
    made.run()
    loads = [load for load in made.drivers["h2load"].loads if load.may_stall]
    assert {(load.connections, load.level) for load in loads} == {(8, 800), (1, 1)}


def test_a_refused_profiler_is_said_and_the_run_goes_on(lab: Callable[..., Lab]) -> None:
    made = lab(profiler=True)
    made.world.no_profiler = {"perf": "run as root"}
    assert made.run() == 0
    for turn in made.turns:
        assert turn.outcome is Outcome.OK
        assert turn.profile is not None
        assert turn.profile.samples == {}
        assert turn.profile.lacking == {"perf": "run as root"}
    assert "rust-tonic is not sampled by perf: run as root" in made.out.getvalue()


def test_a_load_that_cannot_be_under_a_profiler_fails_no_turn(
    lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lab(profiler=True)

    def refuses(load: Load, tag: str) -> Invocation:
        if tag == "profile":
            raise GeneratorFailed("no such load")
        return usual(load, tag)

    usual = made.drivers["h2load"].invocation
    monkeypatch.setattr(made.drivers["h2load"], "invocation", refuses)
    assert made.run() == 0
    lacking = [turn.profile.lacking for turn in made.turns if turn.profile]
    assert lacking == [{"perf": "no such load", "py-spy": "no such load"}] * 2


def test_no_op_handlers_are_not_sampled(lab: Callable[..., Lab]) -> None:
    names = ("sklearn-grpc", "rust-tonic")
    contenders = {
        name: Contender(name=name, service=name, title=name, handler=handler)
        for name, handler in zip(names, (Handler.MODEL, Handler.NOOP), strict=True)
    }
    made = lab(profiler=True, contenders=contenders)
    made.world.stacks = STACKS
    made.run()
    assert {turn.contender: turn.profile is None for turn in made.turns} == {
        "sklearn-grpc": False,
        "rust-tonic": True,
    }
