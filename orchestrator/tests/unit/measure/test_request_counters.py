"""Counters per request: counts per second of CPU time, times CPU time per request."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from clusterbench.measure.request_counters import request_counters
from clusterbench.measure.trials_by_cell import trials_by_cell
from clusterbench.model.counts import (
    HARDWARE,
    CounterRecord,
    HardwareCount,
    RequestCounters,
    SwitchCount,
)
from clusterbench.model.units import Seconds
from support.trials import SLOW, experiment, figures_of, side, trial, turn

SWITCHED = SwitchCount(voluntary=1000, involuntary=0, cpu=Seconds(2.0))
HARD = HardwareCount(instructions=8_000_000, cycles=4_000_000, cpu=Seconds(2.0))


def found(*records: CounterRecord | None) -> list[RequestCounters]:
    """Return what rounds come to in which a request takes 5 ms of CPU time."""
    trials = [trial(SLOW, n, server=side(0.5)) for n in range(1, len(records) + 1)]
    turns = [turn(SLOW, n, counters=each) for n, each in enumerate(records, start=1)]
    figures = {each.id: figures_of(100.0) for each in trials}
    by_cell = trials_by_cell(experiment(rounds=len(records)), [*trials, *turns], figures)
    return list(request_counters([*trials, *turns], by_cell))


def counted(**changes: Any) -> CounterRecord:
    base = CounterRecord(scenario="predict", level=64, switches=SWITCHED, hardware=HARD)
    return dataclasses.replace(base, **changes)


def test_counts_are_scaled_by_the_cpu_time_of_a_request() -> None:
    (each,) = found(counted(), counted())
    assert each.instructions is not None
    assert each.instructions.rounds == pytest.approx((20_000.0, 20_000.0))
    assert each.ipc is not None
    assert each.ipc.value == 2.0
    assert each.voluntary is not None
    assert each.voluntary.value == pytest.approx(2.5)
    assert each.involuntary is not None
    assert each.involuntary.value == 0.0


def test_what_was_not_counted_is_none_with_its_reason() -> None:
    (each,) = found(counted(hardware=None, lacking={HARDWARE: "there are none"}))
    assert (each.instructions, each.ipc) == (None, None)
    assert each.voluntary is not None
    assert each.lacking == {HARDWARE: "there are none"}


def test_turns_that_counted_nothing_are_left_out() -> None:
    (each,) = found(None, counted())
    assert each.voluntary is not None
    assert len(each.voluntary.rounds) == 1
    assert found(None, None) == []


def test_the_turn_that_counted_least_is_told() -> None:
    least = dataclasses.replace(HARD, counted=0.5, user_only=True)
    (each,) = found(counted(), counted(hardware=least))
    assert (each.counted_share, each.user_only) == (0.5, True)


def test_a_server_that_did_not_run_while_it_was_counted_has_no_figures() -> None:
    (each,) = found(counted(switches=dataclasses.replace(SWITCHED, cpu=Seconds(0.0))))
    assert each.voluntary is None
