"""Turns that measure by the published method."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from clusterbench.model.records import Outcome
from support.factories import experiment_as_published
from support.loads import RECORDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.lab import Lab


def published_lab(lab: Callable[..., Lab]) -> Lab:
    made = lab(scenarios=experiment_as_published().scenarios)
    summary = json.loads((RECORDED / "errors.ghz.json").read_text())
    summary.pop("details")
    for driver in made.drivers.values():
        read = driver.read
        driver.read = lambda *a, read=read: dataclasses.replace(  # type: ignore[method-assign]
            read(*a), summary=summary
        )
    return made


def test_the_server_is_cold_as_published_and_warmed_up_after_it(
    lab: Callable[..., Lab],
) -> None:
    made = published_lab(lab)
    assert made.run() == 0
    log = made.world.log
    begin = log.index("start rust-tonic")
    tags = log[begin + 1 : begin + 5]
    assert tags == [f"r1-rust-tonic-then-{level}" for level in (2, 64, 128, 4)]
    assert log[begin + 5] == "warm-up-1"


def test_a_load_as_published_asks_for_the_generators_defaults_and_lasts_its_own_time(
    lab: Callable[..., Lab],
) -> None:
    made = published_lab(lab)
    made.run()
    loads = made.drivers["ghz"].loads
    then = [load for load in loads if load.generator_defaults]
    assert {(load.duration, load.connections) for load in then} == {(0.08, 1)}
    assert len(then) == 8
    assert all(t.outcome is Outcome.OK for t in made.trials)
