"""A turn whose rates are made from what its own saturating trial gave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import clusterbench
from clusterbench.errors import GeneratorFailed
from clusterbench.model.experiment import Loop
from clusterbench.model.records import Outcome
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import remaining, schedule
from clusterbench.store.analysis import analyse
from support.factories import experiment

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.load.generator import Load, Reading
    from clusterbench.model.execution import Completed
    from clusterbench.model.records import TrialRecord
    from support.lab import Lab

SATURATED, CAPACITY = 10_000.0, 6000
CONTENDER = "rust-tonic"


def turned(
    lab: Callable[..., Lab],
    *,
    sustains: float = CAPACITY,
    sweep: tuple[int, ...] = (5,),
    send_delay: float = 1e-5,
) -> Lab:
    """A lab of one contender: it is saturated, asked at shares, and its capacity is searched."""
    made = experiment()
    saturated = replace(made.scenarios["saturated"], contenders=(CONTENDER,))
    opened = replace(
        saturated, generator="grpc-load", connections=8, saturates=False, loop=Loop.OPEN
    )
    of = {"of": "saturated"}
    at_rate = replace(
        opened, name="at-rate", sweep=(50,), load={"kind": "share-of-saturated", **of}
    )
    capacity = replace(
        opened, name="capacity", sweep=sweep, load={"kind": "capacity", "probe": 0.02, **of}
    )
    made_lab = lab(
        contenders={CONTENDER: made.contenders[CONTENDER]},
        scenarios={"saturated": saturated, "at-rate": at_rate, "capacity": capacity},
    )
    driver = made_lab.drivers["grpc-load"]
    usual = driver.read

    def read(load: Load, completed: Completed) -> Reading:
        """At the rate of the schedule; slow beyond what the server sustains."""
        made_lab.world.rates = iter([float(load.level)])
        found = usual(load, completed)
        slow = load.level > sustains
        shape = found.samples.start.shape
        samples = replace(
            found.samples,
            latency=np.full(shape, 0.02 if slow else 0.001),
            send_delay=np.full(shape, send_delay),
        )
        return replace(found, samples=samples)

    driver.read = read  # type: ignore[method-assign]
    return made_lab


def of(made: Lab, scenario: str) -> list[TrialRecord]:
    return [trial for trial in made.trials if trial.scenario == scenario]


def test_a_share_is_of_what_the_same_server_did_in_the_same_turn(lab: Callable[..., Lab]) -> None:
    made = turned(lab)
    made.run()
    (trial,) = of(made, "at-rate")
    assert trial.rate == pytest.approx(SATURATED / 2, rel=0.05)
    assert trial.capacity is None


def test_a_capacity_is_recorded_with_every_rate_that_was_tried(lab: Callable[..., Lab]) -> None:
    made = turned(lab)
    assert made.run() == 0
    (trial,) = of(made, "capacity")
    assert trial.capacity is not None
    assert trial.capacity.rate <= CAPACITY < trial.capacity.rate * 1.04 + 1
    assert trial.rate == trial.capacity.rate
    rates = [part.rate for part in trial.parts]
    assert trial.rate in rates
    assert max(rate for rate in rates if rate is not None) > CAPACITY
    assert all(part.latency for part in trial.parts)


def test_the_requests_that_are_kept_are_those_of_the_window_that_held(
    lab: Callable[..., Lab],
) -> None:
    made = turned(lab)
    made.run()
    (trial,) = of(made, "capacity")
    assert made.folder.samples(trial.id).latency.max() == 0.001


def test_where_no_rate_held_the_requests_are_those_of_the_last_full_window(
    lab: Callable[..., Lab],
) -> None:
    made = turned(lab, sustains=0)
    assert made.run() == 0
    (trial,) = of(made, "capacity")
    assert trial.outcome is Outcome.OK
    assert trial.capacity is not None
    assert trial.capacity.rate == 0.0
    assert "p99 was 20 ms" in trial.capacity.why
    assert made.folder.samples(trial.id).latency.max() == 0.02


def test_where_the_load_generator_itself_let_no_rate_hold_the_trial_fails(
    lab: Callable[..., Lab],
) -> None:
    made = turned(lab, sustains=0, send_delay=0.01)
    made.run()
    (trial,) = of(made, "capacity")
    assert trial.outcome is Outcome.FAILED
    assert trial.reason is not None
    assert "no rate that was tried held" in trial.reason
    assert "the load generator's own send delay was 10 ms (p99)" in trial.reason


def test_a_later_search_begins_at_what_the_first_one_saw(lab: Callable[..., Lab]) -> None:
    made = turned(lab, sweep=(5, 10))
    made.run()
    first, second = of(made, "capacity")
    assert len(second.parts) < len(first.parts)
    assert second.parts[0].rate == pytest.approx(CAPACITY, rel=0.05)


def test_where_the_saturating_trial_failed_what_needs_it_fails_and_names_it(
    lab: Callable[..., Lab],
) -> None:
    made = turned(lab)
    made.world.fails[f"r1-{CONTENDER}-saturated-800"] = GeneratorFailed("h2load: killed")
    assert made.run() == 3
    for name in ("at-rate", "capacity"):
        (trial,) = of(made, name)
        assert trial.outcome is Outcome.FAILED
        assert trial.reason is not None
        assert "saturated gave none in this turn" in trial.reason


def test_a_contender_whose_every_search_failed_has_no_capacity_and_its_reason(
    lab: Callable[..., Lab],
) -> None:
    made = turned(lab)
    made.world.fails[f"r1-{CONTENDER}-saturated-800"] = GeneratorFailed("h2load: killed")
    made.run()
    (found,) = analyse(made.folder).summary.capacities
    assert found.contender == CONTENDER
    assert found.objective.limit == Seconds(0.005)
    assert (found.trials, found.capacity, found.per_core, found.never_met) == (0, None, None, False)
    assert "saturated gave none" in found.failures[0]


def test_a_search_that_failed_is_run_again_with_the_trial_that_saturates(
    lab: Callable[..., Lab],
) -> None:
    made = turned(lab)
    made.run()
    ran = made.folder.run.experiment
    done = {t.id for t in made.trials if t.scenario != "capacity"}
    (turn,) = remaining(ran, schedule(ran), done)
    assert [t.cell.scenario for t in turn.trials] == ["saturated", "capacity"]
    assert made.runner.run([turn]) == 0
    (again,) = (t for t in made.trials if t.scenario == "capacity")
    assert again.capacity is not None


def test_a_capacity_is_read_again_from_the_run_folder(lab: Callable[..., Lab]) -> None:
    made = turned(lab)
    made.run()
    (trial,) = of(made, "capacity")
    found = analyse(made.folder)
    (summary,) = found.summary.capacities
    assert trial.capacity is not None
    assert summary.capacity is not None
    assert summary.capacity.value == trial.capacity.rate
    (cell,) = (each for each in found.summary.cells if each.scenario == "capacity")
    assert cell.rate is not None
    assert cell.rate.value == trial.rate


def test_data_frames_have_rates_and_capacities(lab: Callable[..., Lab]) -> None:
    made = turned(lab)
    made.run()
    run = clusterbench.open(made.folder.path)
    trials = run.trials.set_index("scenario")
    (trial,) = of(made, "capacity")
    assert trials.loc["capacity", "rate_per_s"] == trial.rate
    assert trials.loc["capacity", "capacity_per_s"] == trial.rate
    assert trials.loc["capacity", "capacity_bound"] == ""
    assert np.isnan(trials.loc["at-rate", "capacity_per_s"])
    assert run.cells.set_index("scenario").loc["capacity", "rate_per_s"] == trial.rate
    (row,) = run.capacities.to_dict("records")
    assert (row["contender"], row["percentile"], row["limit_s"]) == (CONTENDER, "p99", 0.005)
    assert (row["capacity_per_s"], row["unmet"], row["failed"]) == (trial.rate, 0, 0)
    assert row["per_core_per_s"] == trial.rate / row["cores"]
