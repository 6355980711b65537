"""Footprints over turns: cold start, image, memory, and who needs how much more than another."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.measure.summarise import summarise
from clusterbench.model.contender import Contender
from clusterbench.model.footprint import Footprint, Need
from clusterbench.model.records import Outcome, TurnRecord, WorkerShare
from clusterbench.model.units import Bytes, Seconds
from support import trials
from support.factories import run_record
from support.trials import FAST, NOOP, SLOW, experiment

if TYPE_CHECKING:
    from clusterbench.model.summary import Summary

MIB = 1 << 20


def steps(**seconds: float) -> dict[str, Seconds]:
    return {name: Seconds(value) for name, value in seconds.items()}


def turn(contender: str, number: int, **changes: Any) -> TurnRecord:
    """A turn of a container that started in 1 s and held 10 MiB, 20 at its peak."""
    base: dict[str, Any] = {
        "steps": steps(create=0.25, start=0.5, serving=0.125, first_response=0.125, parity=9.0),
        "idle_memory": Bytes(10 * MIB),
        "peak_memory": Bytes(25 * MIB),
        "peak_memory_source": "kernel",
        "peak_without_files": Bytes(20 * MIB),
        "image_size": Bytes(100 * MIB),
        "workers": (WorkerShare(requests=1, cpu_seconds=Seconds(1.0)),),
    }
    return trials.turn(contender, number, **(base | changes))


def summarised(*turns: TurnRecord, **contenders: Contender) -> Summary:
    made = experiment()
    made = dataclasses.replace(made, contenders={**made.contenders, **contenders})
    return summarise(run_record(experiment=made), list(turns), {})


def footprint(*turns: TurnRecord, **contenders: Contender) -> Footprint:
    name = turns[0].contender
    found = summarised(*turns, **contenders)
    return next(each.footprint for each in found.contenders if each.name == name)


def test_a_cold_start_is_the_sum_of_its_parts_and_of_nothing_else() -> None:
    found = footprint(turn(FAST, 1), turn(FAST, 2), turn(FAST, 3))
    assert found.start is not None
    assert found.start.rounds == pytest.approx((1.0, 1.0, 1.0))
    assert list(found.steps) == ["create", "start", "serving", "first_response"]
    assert sum(step.value for step in found.steps.values()) == pytest.approx(1.0)
    assert found.unknown == {}


def test_figures_have_intervals_over_rounds_and_none_of_one_round() -> None:
    several = footprint(*(turn(FAST, n, idle_memory=Bytes((9 + n) * MIB)) for n in (1, 2, 3)))
    assert several.idle_memory is not None
    assert several.idle_memory.ends is not None
    low, high = several.idle_memory.ends
    assert low < several.idle_memory.value < high
    one = footprint(turn(FAST, 1))
    for figure in (one.start, one.idle_memory, one.peak_memory, one.steps["create"]):
        assert figure is not None
        assert figure.ends is None


def test_a_process_has_no_step_of_creation() -> None:
    found = footprint(turn(FAST, 1, steps=steps(start=0.5, serving=0.25, first_response=0.25)))
    assert list(found.steps) == ["start", "serving", "first_response"]
    assert found.start is not None
    assert found.start.value == pytest.approx(1.0)


def test_a_server_that_ran_before_has_no_cold_start_but_a_reason() -> None:
    before = turn(
        FAST, 1, steps=steps(serving=0.1, first_response=0.1), unknown={"start": "it ran before"}
    )
    found = footprint(before)
    assert found.start is None
    assert found.steps == {}
    assert found.unknown == {"start": "it ran before"}


def test_a_turn_that_failed_is_left_out_and_a_contender_of_such_ones_has_no_footprint() -> None:
    bad = turn(FAST, 2, outcome=Outcome.FAILED, reason="it died", idle_memory=Bytes(900 * MIB))
    found = footprint(turn(FAST, 1), bad)
    assert found.idle_memory is not None
    assert found.idle_memory.rounds == (10 * MIB,)
    assert footprint(bad) == Footprint()


def test_the_peak_leaves_out_file_pages_and_is_the_mark_where_they_are_not_told() -> None:
    assert peak(turn(FAST, 1)) == 20 * MIB
    assert peak(turn(FAST, 1, peak_without_files=None)) == 25 * MIB


def peak(of: TurnRecord) -> float:
    found = footprint(of).peak_memory
    assert found is not None
    return found.value


def test_a_run_of_before_these_were_recorded_says_so() -> None:
    older = turn(FAST, 1, idle_memory=None, peak_without_files=None, image_size=None, workers=())
    found = footprint(older)
    assert found.start is not None
    assert found.peak_memory is not None
    assert set(found.unknown) == {"idle_memory", "image_size", "workers"}
    assert found.unknown["idle_memory"] == "the run did not record it"


def test_the_reason_of_a_turn_is_that_of_its_figure() -> None:
    found = footprint(turn(FAST, 1, image_size=None, unknown={"image_size": "it has no image"}))
    assert found.image_size is None
    assert found.unknown == {"image_size": "it has no image"}


def test_an_image_that_changed_between_turns_has_no_size() -> None:
    found = footprint(turn(FAST, 1), turn(FAST, 2, image_size=Bytes(120 * MIB)))
    assert found.image_size is None
    assert found.unknown["image_size"] == "it changed in the run: 100 MiB and 120 MiB"
    assert footprint(turn(FAST, 1), turn(FAST, 2)).image_size == 100 * MIB


def test_memory_per_worker_is_that_of_the_server_over_its_workers() -> None:
    four = tuple(WorkerShare(requests=1, cpu_seconds=Seconds(1.0)) for _ in range(4))
    found = footprint(turn(FAST, 1, workers=four), turn(FAST, 2, workers=four))
    assert found.workers == 4
    assert found.idle_memory_per_worker is not None
    assert found.idle_memory_per_worker.value == pytest.approx(2.5 * MIB)
    assert found.peak_memory_per_worker is not None
    assert found.peak_memory_per_worker.rounds == pytest.approx((5 * MIB, 5 * MIB))


def test_workers_are_those_that_a_server_tells_first_or_last_or_was_told_to_run() -> None:
    silent = turn(FAST, 1, workers=())
    assert footprint(silent).workers is None
    assert footprint(silent).idle_memory_per_worker is None
    assert footprint(dataclasses.replace(silent, startup={"workers": 3})).workers == 3
    assert footprint(dataclasses.replace(silent, startup={"workers": "3"})).workers is None
    told = Contender(name=FAST, service="fast", environment={"SERVER_WORKERS": "2"})
    assert footprint(silent, **{FAST: told}).workers == 2


def test_others_are_compared_with_who_needs_the_least_round_by_round() -> None:
    found = summarised(
        *(turn(FAST, n, idle_memory=Bytes(n * MIB)) for n in (1, 2, 3)),
        *(turn(SLOW, n, idle_memory=Bytes(9 * n * MIB)) for n in (1, 2, 3)),
        *(turn(NOOP, n, idle_memory=Bytes(2 * n * MIB)) for n in (1, 2)),
    ).footprints
    idle = [each for each in found if each.need is Need.IDLE_MEMORY]
    assert [(each.numerator, each.denominator) for each in idle] == [(NOOP, FAST), (SLOW, FAST)]
    assert idle[0].ratio.rounds == pytest.approx((2.0, 2.0))
    assert idle[1].ratio.rounds == pytest.approx((9.0, 9.0, 9.0))


def test_contenders_that_share_no_round_are_not_compared() -> None:
    found = summarised(turn(FAST, 1), turn(SLOW, 2, idle_memory=Bytes(90 * MIB)))
    assert found.footprints == ()
    assert summarised().footprints == ()
