"""What happens beside a load: when the counters are read, and when nobody waits any more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from clusterbench.bench import loading
from clusterbench.bench.loading import Watch
from clusterbench.load.kinds.kind import Part, Pause
from clusterbench.model.units import Seconds
from support.fakes import FakeGenerator, FakeServer, World
from support.lab import TIMING


class SleepingClock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SleepingClock:
    made = SleepingClock()
    monkeypatch.setattr(loading, "time", made)
    return made


def watch(**changes: Any) -> Watch:
    world = World()
    part = Part(name="x", timing=TIMING, counters=(0.0, 100.0), **changes)
    return Watch(FakeServer(world, "any"), FakeGenerator(world), part)


def test_the_counters_are_read_at_their_moments(clock: SleepingClock) -> None:
    made = watch()
    at: list[float] = []
    made.server = SimpleNamespace(usage=lambda: at.append(clock.now))  # type: ignore[assignment]
    made.through(lambda: True)
    assert at == [0.0, pytest.approx(100.0)]


def test_a_generator_that_ends_in_the_midst_of_a_window_is_not_waited_for(
    clock: SleepingClock,
) -> None:
    made = watch()
    made.through(lambda: clock.now < 10.0)
    assert clock.now < 20.0
    assert len(made.readings) == 1


def test_the_server_of_a_generator_that_has_ended_is_not_paused(clock: SleepingClock) -> None:
    made = watch(pause=Pause(at=Seconds(200.0), seconds=Seconds(50.0)))
    made.through(lambda: clock.now < 110.0)
    assert made.paused is None
    assert len(made.readings) == 2
