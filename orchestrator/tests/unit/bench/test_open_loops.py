"""A trial and a warm-up of an open loop, whose level is a rate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clusterbench.model.experiment import Loop
from support.factories import experiment

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.load.generator import Load, Reading
    from clusterbench.model.execution import Completed
    from support.lab import Lab

RATE = 1000


def opened(lab: Callable[..., Lab]) -> Lab:
    scenario = replace(
        experiment().scenarios["predict"],
        sweep=(RATE,),
        load={"kind": "open-loop"},
        loop=Loop.OPEN,
    )
    return lab(scenarios={"predict": scenario})


def test_a_server_is_warmed_by_a_closed_loop_of_the_usual_concurrency(
    lab: Callable[..., Lab],
) -> None:
    made = opened(lab)
    made.run()
    loads = {(load.loop, load.level) for load in made.drivers["ghz"].loads}
    usual = made.folder.run.experiment.warm_up.concurrency
    assert loads == {(Loop.CLOSED, usual), (Loop.OPEN, RATE)}


@pytest.mark.parametrize(
    ("delay", "said"),
    [
        (1e-6, "(send delay p50 0.00 ms  p99 0.00 ms)"),
        (9e-5, "(send delay p50 0.09 ms  p99 0.09 ms, a large part of the latency)"),
    ],
)
def test_a_trials_line_has_the_send_delay_and_marks_it_where_it_is_much_of_the_latency(
    lab: Callable[..., Lab], delay: float, said: str
) -> None:
    made = opened(lab)
    driver = made.drivers["ghz"]
    usual = driver.read

    def read(load: Load, completed: Completed) -> Reading:
        found = usual(load, completed)
        delays = np.full(found.samples.start.shape, delay)
        return replace(found, samples=replace(found.samples, send_delay=delays))

    driver.read = read  # type: ignore[method-assign]
    made.run()
    assert said in made.out.getvalue()


def test_a_trial_whose_generator_tells_no_send_delay_says_nothing_of_it(
    lab: Callable[..., Lab],
) -> None:
    made = opened(lab)
    made.run()
    assert "send delay" not in made.out.getvalue()
