"""The kinds whose rates are made from what the same server did when it was saturated."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.load.kinds.kind import Seen, TurnSoFar
from clusterbench.model.cell_summary import Figures
from clusterbench.model.experiment import Loop
from clusterbench.model.objective import in_milliseconds
from clusterbench.model.units import RequestsPerSecond, Seconds
from clusterbench.plan.schedule import load_of, schedule
from support.factories import experiment

if TYPE_CHECKING:
    from clusterbench.load.kinds.kind import Part
    from clusterbench.model.capacity import FoundCapacity
    from clusterbench.model.experiment import Experiment, Scenario

USUAL = experiment().timing
SHARES = {"kind": "share-of-saturated", "of": "saturated"}
CAPACITY = {"kind": "capacity", "of": "saturated", "percentile": "p90", "probe": 0.5}


def scenario(load: dict[str, Any], **changes: Any) -> Scenario:
    made = experiment().scenarios["predict"]
    base = {"load": load, "generator": "grpc-load", "loop": Loop.OPEN, "sweep": (10,)}
    return dataclasses.replace(made, **(base | changes))


def with_rates() -> Experiment:
    made = experiment()
    shares = dataclasses.replace(scenario(SHARES, sweep=(10, 90)), name="at-rate")
    capacity = dataclasses.replace(scenario(CAPACITY, sweep=(5, 50)), name="capacity")
    return dataclasses.replace(
        made, scenarios={"capacity": capacity, "at-rate": shares, **made.scenarios}
    )


def problems(of: Scenario) -> list[str]:
    found = kind_of(of).problems(of, GENERATORS[of.generator].capabilities)
    return [f"{key} {what}" for key, what in found]


def window(p90: float) -> Figures:
    """A window with this p90 (s)."""
    return Figures(
        throughput=RequestsPerSecond(1000.0),
        latency={"p50": Seconds(p90 / 2), "p90": Seconds(p90)},
        responses=1000,
        errors={},
    )


def searched(
    turn: TurnSoFar, sustains: float, level: int = 10
) -> tuple[list[Part], FoundCapacity | None]:
    """Run a trial of a server that sustains up to this rate within 5 ms; return its loads."""
    loads = kind_of(scenario(CAPACITY)).loads(USUAL, level, turn)
    part, parts = next(loads), []
    while True:
        parts.append(part)
        assert part.level is not None
        try:
            part = loads.send(window(0.005 if part.level <= sustains else 0.08))
        except StopIteration as found:
            return parts, found.value


@pytest.mark.parametrize(("level", "rate"), [(10, 270), (90, 2430), (100, 2700)])
def test_a_level_in_per_cent_is_a_rate_of_what_the_turn_saw(level: int, rate: int) -> None:
    kind = kind_of(scenario(SHARES))
    (part,) = list(kind.loads(USUAL, level, TurnSoFar(saturated=2700.0)))
    assert part.level == rate
    assert part.timing == USUAL


def test_a_rate_is_never_0() -> None:
    (part,) = list(kind_of(scenario(SHARES)).loads(USUAL, 1, TurnSoFar(saturated=3.0)))
    assert part.level == 1


@pytest.mark.parametrize("load", [SHARES, CAPACITY])
def test_a_generator_that_keeps_no_schedule_is_a_problem(load: dict[str, Any]) -> None:
    assert problems(scenario(load)) == []
    (said,) = problems(scenario(load, generator="h2load", sweep=(8,)))
    assert said == "generator is 'h2load', which keeps no schedule"


def test_a_share_far_beyond_saturation_is_a_problem() -> None:
    (said,) = problems(scenario(SHARES, sweep=(50, 151)))
    assert said == "sweep holds 151; a level is in per cent, from 1 to 150"


def test_a_percentile_that_the_lab_does_not_compute_is_a_problem() -> None:
    (said,) = problems(scenario(CAPACITY | {"percentile": "p98"}))
    assert said.startswith("load.percentile is 'p98'; it takes one of p50")


def test_levels_are_told_in_words() -> None:
    assert kind_of(scenario(SHARES)).level_words(75) == "75%"
    assert kind_of(scenario(CAPACITY)).level_words(50) == "p90 \N{LESS-THAN OR EQUAL TO} 50 ms"


def test_only_a_kind_that_searches_has_an_objective() -> None:
    assert kind_of(scenario(CAPACITY)).objective(50) == in_milliseconds("p90", 50)
    assert kind_of(scenario(SHARES)).objective(50) is None
    assert kind_of(experiment().scenarios["predict"]).objective(64) is None


def test_trials_come_after_what_they_need_and_searches_last() -> None:
    for turn in schedule(with_rates()):
        names = list(dict.fromkeys(trial.cell.scenario for trial in turn.trials))
        assert names == ["predict", "saturated", "at-rate", "capacity"]


def test_a_search_loads_in_short_windows_and_in_full_ones() -> None:
    parts, found = searched(TurnSoFar(saturated=3000.0), sustains=2500)
    assert found is not None
    assert found.objective == in_milliseconds("p90", 10)
    assert {part.timing.window for part in parts} == {0.5, USUAL.window}
    for part in parts:
        assert part.measured == (part.timing == USUAL)
    counted = [part for part in parts if part.measured and part.level == found.rate]
    assert counted
    assert len({part.name for part in parts}) == len(parts)


def test_a_search_begins_at_what_the_turn_saw_of_the_server() -> None:
    hints = (Seen(rate=2400, figures=window(0.005)), Seen(rate=2600, figures=window(0.08)))
    parts, _ = searched(TurnSoFar(saturated=9000.0, seen=hints), sustains=2500)
    assert parts[0].level is not None
    assert 2300 < parts[0].level < 2600
    without, _ = searched(TurnSoFar(saturated=9000.0), sustains=2500)
    assert len(parts) < len(without)


def test_each_objective_judges_what_was_seen_by_itself() -> None:
    """What took 15 ms is a hint to go down for 10 ms, and to go up for 50."""
    seen = (Seen(rate=1000, figures=window(0.015)),)
    first = [
        next(
            kind_of(scenario(CAPACITY)).loads(USUAL, level, TurnSoFar(saturated=3000.0, seen=seen))
        )
        for level in (10, 50)
    ]
    strict, loose = (part.level or 0 for part in first)
    assert strict < 1000 < loose


def test_the_time_of_a_search_is_estimated() -> None:
    made = with_rates()
    trial = next(t for turn in schedule(made) for t in turn.trials if t.cell.scenario == "capacity")
    assert load_of(made, trial) > USUAL.load
