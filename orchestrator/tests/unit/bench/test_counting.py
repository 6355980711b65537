"""Servers are counted after their trials, and that is never a reason to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.host.counters import NOT_OFFERED
from clusterbench.model.counts import HARDWARE, SWITCHES
from clusterbench.plan.schedule import counted, duration, schedule
from support.factories import experiment
from support.profiles import RECORDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.lab import Lab

PRINTED = {"counters": (RECORDED / "counters-not-offered.txt").read_text()}


def test_each_server_is_counted_after_its_last_trial(lab: Callable[..., Lab]) -> None:
    made = lab(counters=True)
    made.world.stacks = PRINTED
    assert made.run() == 0
    for turn in made.turns:
        assert turn.counters is not None
        assert (turn.counters.scenario, turn.counters.level) == ("saturated", 800)
        assert turn.counters.switches is not None
        assert turn.counters.lacking == {HARDWARE: NOT_OFFERED}
        assert "count" in turn.steps
        lines = [line for line in made.world.log if turn.contender in line]
        assert lines.index(f"counters samples {turn.contender}") > max(
            place for place, line in enumerate(lines) if line.startswith("r1-")
        )


def test_what_may_not_be_counted_is_said_and_the_run_goes_on(lab: Callable[..., Lab]) -> None:
    made = lab(counters=True)
    made.world.no_profiler = {"counters": "there is no room"}
    assert made.run() == 0
    for turn in made.turns:
        assert turn.counters is not None
        assert turn.counters.lacking == dict.fromkeys((SWITCHES, HARDWARE), "there is no room")
    assert "no context switches and hardware counters: there is no room" in made.out.getvalue()


def test_a_run_that_does_not_ask_counts_nothing(lab: Callable[..., Lab]) -> None:
    made = lab()
    made.run()
    assert all(turn.counters is None for turn in made.turns)
    assert not any("counters" in line for line in made.world.log)


def test_every_round_is_counted_and_planned_for() -> None:
    made, plain = experiment(counters=True, rounds=3), experiment(rounds=3)
    assert all(counted(made, turn) for turn in schedule(made))
    longer = duration(made, schedule(made)).wall - duration(plain, schedule(plain)).wall
    assert longer == pytest.approx(4.0 * len(schedule(made)))
