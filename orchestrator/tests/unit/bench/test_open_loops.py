"""A trial and a warm-up of an open loop, whose level is a rate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

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


def tell(made: Lab, *, run_delay: float | None = None, **parts: float) -> None:
    """Have the load generator tell these parts of each request's latency, and its run delay."""
    driver = made.drivers["ghz"]
    usual = driver.read

    def read(load: Load, completed: Completed) -> Reading:
        found = usual(load, completed)
        shape = found.samples.start.shape
        told: Any = {name: np.full(shape, time) for name, time in parts.items()}
        return replace(found, samples=replace(found.samples, **told), run_delay=run_delay)

    driver.read = read  # type: ignore[method-assign]


def test_a_server_is_warmed_by_a_closed_loop_of_the_usual_concurrency(
    lab: Callable[..., Lab],
) -> None:
    made = opened(lab)
    made.run()
    loads = {(load.loop, load.level) for load in made.drivers["ghz"].loads}
    usual = made.folder.run.experiment.warm_up.concurrency
    assert loads == {(Loop.CLOSED, usual), (Loop.OPEN, RATE)}


@pytest.mark.parametrize(
    ("delay", "waited", "said"),
    [
        (1e-6, 0.5, "(send delay p50 0.00 ms  p99 0.00 ms)"),
        (9e-5, None, "(send delay p50 0.09 ms  p99 0.09 ms, a large part of the latency)"),
        (9e-5, 0.005, "part of the latency; others had its CPU for 0.5% of the time, which is not"),
        (9e-5, 0.02, "part of the latency; others had its CPU for 2.0% of the time, which is the"),
    ],
)
def test_a_trials_line_has_the_send_delay_and_marks_it_where_it_is_much_of_the_latency(
    lab: Callable[..., Lab], delay: float, waited: float | None, said: str
) -> None:
    made = opened(lab)
    tell(made, run_delay=waited, send_delay=delay)
    made.run()
    assert said in made.out.getvalue()
    assert {trial.run_delay for trial in made.trials} == {waited}


@pytest.mark.parametrize("held", [0.0, 5e-5])
def test_a_trials_line_says_what_the_servers_limits_held_back_where_they_did(
    lab: Callable[..., Lab], held: float
) -> None:
    made = opened(lab)
    tell(made, held_back_for=held)
    made.run()
    assert ("(held back p50 0.05 ms  p99 0.05 ms)" in made.out.getvalue()) == (held > 0)


def test_a_trial_whose_generator_tells_no_send_delay_says_nothing_of_it(
    lab: Callable[..., Lab],
) -> None:
    made = opened(lab)
    made.run()
    assert "send delay" not in made.out.getvalue()
