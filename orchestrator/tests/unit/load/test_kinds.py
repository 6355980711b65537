"""The load kinds: how each orders, times and treats a trial."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydantic import ValidationError

from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.kinds.all_kinds import kind_of, timing_of
from clusterbench.measure.recovery_times import recovered
from clusterbench.model.records import PartRecord
from clusterbench.model.samples import Samples
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import load_of, schedule
from support.factories import experiment, trial_record
from support.trials import held_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.experiment import Experiment, Scenario
    from support.lab import Lab

OVERLOAD = {
    "kind": "overload",
    "normal": {"connections": 8, "concurrency": 800},
    "before": 0.08,
    "paused": 0.01,
    "after": 0.02,
}


def scenario(**changes: Any) -> Scenario:
    return dataclasses.replace(experiment().scenarios["predict"], **changes)


def with_overload(**changes: Any) -> Experiment:
    made = experiment(**changes)
    over = dataclasses.replace(
        made.scenarios["saturated"],
        name="overload",
        connections=64,
        sweep=(64_000,),
        load=OVERLOAD,
    )
    return dataclasses.replace(made, scenarios={**made.scenarios, "overload": over})


def problems(of: Scenario) -> list[str]:
    found = kind_of(of).problems(of, GENERATORS[of.generator].capabilities)
    return [f"{key} {what}" for key, what in found]


def test_a_setting_that_a_kind_does_not_have_is_refused() -> None:
    with pytest.raises(ValidationError, match="duration"):
        kind_of(scenario(load={"kind": "closed-loop", "duration": 3.0}))


def test_a_generator_that_keeps_no_schedule_drives_no_open_loop() -> None:
    assert problems(scenario(load={"kind": "open-loop"})) == []
    (said,) = problems(scenario(load={"kind": "open-loop"}, generator="h2load"))
    assert "h2load" in said
    assert "schedule" in said


def test_a_level_that_connections_cannot_share_evenly_is_named() -> None:
    (said,) = problems(scenario(generator="h2load", sweep=(64, 65)))
    assert said.startswith("sweep holds 65;")
    assert problems(scenario(sweep=(64, 65))) == []


def test_as_published_takes_a_generator_with_the_published_summary() -> None:
    load = {"kind": "as-published", "duration": 3.0}
    assert problems(scenario(load=load)) == []
    assert any("takes 'ghz'" in p for p in problems(scenario(load=load, generator="h2load")))


def test_a_trial_as_published_is_all_window_and_its_duration_can_be_asked_for() -> None:
    of = scenario(load={"kind": "as-published", "duration": 3.0})
    timing = kind_of(of).timing(experiment().timing)
    assert (timing.dropped, timing.window, timing.margin) == (0.0, 3.0, 0.0)
    assert kind_of(of).lasting(Seconds(7.0)).timing(timing).window == 7.0
    assert timing_of(experiment(), "predict") == experiment().timing


def test_overload_comes_last_and_loads_a_server_three_times() -> None:
    of = with_overload(rounds=1)
    (turn, _) = schedule(of)
    assert [t.cell.scenario for t in turn.trials] == ["predict", "predict", "saturated", "overload"]
    usual = of.timing.load
    assert load_of(of, turn.trials[-1]) == pytest.approx(2 * usual + 0.11)


def test_an_overloaded_server_is_paused_once_between_two_normal_loads(
    lab: Callable[..., Lab],
) -> None:
    made = lab(scenarios=with_overload().scenarios)
    assert made.run() == 0
    log = made.world.log
    begin = log.index("r1-rust-tonic-overload-64000-normal")
    assert log[begin : begin + 5] == [
        "r1-rust-tonic-overload-64000-normal",
        "r1-rust-tonic-overload-64000-overload",
        "pause rust-tonic",
        "resume rust-tonic",
        "r1-rust-tonic-overload-64000-after",
    ]
    loads = made.drivers["h2load"].loads
    assert {load.may_stall for load in loads if load.level == 64_000} == {True}
    record = next(t for t in made.trials if t.scenario == "overload")
    assert [part.name for part in record.parts] == ["normal", "overload", "after"]
    assert [part.paused is not None for part in record.parts] == [False, True, False]


def test_what_became_of_a_server_is_told_from_its_parts_and_its_requests() -> None:
    ends = np.concatenate([np.arange(0.0, 5.0, 0.01), np.arange(6.5, 12.0, 0.01)])
    samples = Samples(
        origin=0.0,
        start=ends,
        latency=np.zeros(len(ends)),
        status=np.zeros(len(ends), dtype=np.int8),
        counts={"OK": len(ends), "UNAVAILABLE": 3},
    )
    parts = (
        PartRecord(name="normal", seconds=Seconds(6.2), throughput=100.0),  # type: ignore[arg-type]
        PartRecord(
            name="overload",
            seconds=Seconds(12.0),
            throughput=100.0,  # type: ignore[arg-type]
            paused=Seconds(5.0),
            resumed=Seconds(6.0),
        ),
        PartRecord(name="after", seconds=Seconds(6.2), throughput=98.0),  # type: ignore[arg-type]
    )
    found = recovered(trial_record(parts=parts), samples)
    assert found is not None
    assert (found.normal, found.after, found.errors) == (100.0, 98.0, {"UNAVAILABLE": 3})
    assert found.again == pytest.approx(0.5, abs=0.02)
    assert found.back == pytest.approx(0.5, abs=0.1)
    assert found.before_stop == pytest.approx(100.0, rel=0.02)
    assert not found.throttled
    held = recovered(trial_record(parts=parts, generator=held_back(0.1)), samples)
    assert held is not None
    assert held.throttled


def test_a_trial_of_one_load_tells_nothing_of_overload() -> None:
    nothing = Samples(
        origin=0.0, start=np.empty(0), latency=np.empty(0), status=np.empty(0, dtype=np.int8)
    )
    assert recovered(trial_record(), nothing) is None


def test_a_pause_without_normal_loads_around_it_tells_nothing_of_overload() -> None:
    moments = {"paused": Seconds(2.0), "resumed": Seconds(3.0)}
    part = PartRecord(name="freeze", seconds=Seconds(6.2), throughput=100.0, **moments)  # type: ignore[arg-type]
    assert (
        recovered(
            trial_record(parts=(part,)),
            Samples(
                origin=0.0,
                start=np.empty(0),
                latency=np.empty(0),
                status=np.empty(0, dtype=np.int8),
            ),
        )
        is None
    )


@pytest.mark.parametrize("duration", [0.001, 300.5, 1e300])
def test_a_time_that_no_load_lasts_is_a_problem_of_a_file_and_none_of_a_run(
    duration: float,
) -> None:
    of = scenario(load={"kind": "as-published", "duration": duration})
    kind = kind_of(of)  # as a run that was measured has it
    found = dict(kind.problems(of, GENERATORS["ghz"].capabilities))
    assert found == {"load.duration": f"is {duration:g}; it takes a number from 0.01 to 300"}
