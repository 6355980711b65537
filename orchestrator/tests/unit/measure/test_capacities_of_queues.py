"""Capacities of simulated servers, whose true ones are known: what searches find, over rounds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clusterbench.measure.capacity_search import RESOLUTION
from clusterbench.measure.estimates import estimate
from clusterbench.model.objective import in_milliseconds
from support.simulated_servers import Queue, Simulated, p99_in_the_long_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.capacity import FoundCapacity

#: In the order of a turn: the first has no hints, the others have what came before.
LIMITS = (10, 50, 5)

QUEUES = {
    "requests that vary, noise of 5%, a pause in 50 s": Queue(rate=2700, noise=0.05, pauses=0.02),
    "requests that vary, noise of 3%": Queue(rate=5000, noise=0.03),
    "equal requests, quiet": Queue(rate=2700, steady=True),
    "equal requests, noise of 10%": Queue(rate=2700, steady=True, noise=0.1),
    "equal requests, a pause in 20 s": Queue(rate=5000, steady=True, noise=0.03, pauses=0.05),
}
FAST = Queue(rate=200_000, steady=True, noise=0.03, pauses=0.02)


@cache
def turns(
    queue: Queue, number: int = 50
) -> tuple[tuple[Mapping[int, FoundCapacity], list[int]], ...]:
    """Run turns; return what each found by limit (ms), and how many windows each search had."""
    done = []
    for seed in range(number):
        server = Simulated(queue=queue, seed=seed)
        found, windows = {}, []
        for limit in LIMITS:
            before = len(server.windows)
            found[limit] = server.search(in_milliseconds("p99", limit))
            windows.append(len(server.windows) - before)
        done.append((found, windows))
    return tuple(done)


def rates(queue: Queue, limit: int) -> list[float]:
    return [found[limit].rate for found, _ in turns(queue)]


def off_by(queue: Queue, limit: int) -> float:
    """Return by which share the median search is off."""
    return float(np.median(rates(queue, limit))) / queue.capacity(in_milliseconds("p99", limit)) - 1


@pytest.mark.parametrize("steady", [False, True])
def test_the_true_capacity_is_what_a_very_long_window_sustains(steady: bool) -> None:
    queue, objective = Queue(rate=5000, steady=steady), in_milliseconds("p99", 5)
    capacity = queue.capacity(objective)
    assert p99_in_the_long_run(queue, capacity * 0.99) < objective.limit
    assert p99_in_the_long_run(queue, capacity * 1.01) > objective.limit


@pytest.mark.parametrize("queue", QUEUES.values(), ids=QUEUES)
@pytest.mark.parametrize("rounds", [3, 5, 10])
def test_the_interval_of_a_run_holds_the_capacity_in_about_95_of_100_runs(
    queue: Queue, rounds: int
) -> None:
    holds = []
    for limit in LIMITS:
        true = queue.capacity(in_milliseconds("p99", limit))
        each = rates(queue, limit)
        for first in range(0, len(each) - rounds + 1, rounds):
            run = estimate(each[first : first + rounds])
            assert run.low is not None
            assert run.high is not None
            holds.append(run.low / RESOLUTION <= true <= run.high * RESOLUTION)
    assert np.mean(holds) >= 0.9


@pytest.mark.parametrize("queue", QUEUES.values(), ids=QUEUES)
@pytest.mark.parametrize("limit", LIMITS)
def test_the_median_search_is_off_by_less_than_its_resolution(queue: Queue, limit: int) -> None:
    assert abs(off_by(queue, limit)) < RESOLUTION - 1.0


@pytest.mark.parametrize("queue", QUEUES.values(), ids=QUEUES)
def test_a_search_has_a_handful_of_windows(queue: Queue) -> None:
    windows = np.array([windows for _, windows in turns(queue)])
    assert windows.mean() < 7
    assert windows.max() <= 25


def test_the_capacity_of_a_fast_server_is_found_too() -> None:
    limit = 10
    server = Simulated(queue=FAST, seed=1)
    found = [server.search(in_milliseconds("p99", limit)).rate for _ in range(3)]
    run, true = estimate(found), FAST.capacity(in_milliseconds("p99", limit))
    assert run.low is not None
    assert run.high is not None
    assert run.low / RESOLUTION <= true <= run.high * RESOLUTION


@pytest.mark.parametrize("saturated", [0.7, 1.4])
def test_a_saturated_throughput_that_misleads_costs_windows_and_no_accuracy(
    saturated: float,
) -> None:
    queue, objective = QUEUES["equal requests, quiet"], in_milliseconds("p99", 10)
    found = [
        Simulated(queue=queue, seed=seed).search(objective, saturated * queue.rate).rate
        for seed in range(20)
    ]
    assert abs(float(np.median(found)) / queue.capacity(objective) - 1) < RESOLUTION - 1.0


@pytest.mark.parametrize("was", [0.6, 1.7])
def test_hints_of_a_server_that_was_slower_or_faster_mislead_nobody(was: float) -> None:
    queue, objective = QUEUES["equal requests, quiet"], in_milliseconds("p99", 10)
    found = []
    for seed in range(20):
        before = Simulated(queue=Queue(rate=queue.rate * was, steady=True), seed=seed)
        before.search(objective)
        server = Simulated(queue=queue, seed=seed, windows=before.windows)
        found.append(server.search(objective).rate)
    assert abs(float(np.median(found)) / queue.capacity(objective) - 1) < RESOLUTION - 1.0


def test_of_a_server_that_becomes_slower_a_capacity_that_it_had_is_found() -> None:
    queue, objective = Queue(rate=5000, steady=True, drift=0.004), in_milliseconds("p99", 10)
    for seed in range(20):
        server = Simulated(queue=queue, seed=seed)
        found = server.search(objective).rate
        slowed = (1 - queue.drift) ** len(server.windows)
        at_first = queue.capacity(objective)
        assert at_first * slowed / RESOLUTION**2 < found < at_first * RESOLUTION


def test_where_the_load_generator_is_the_slower_one_the_capacity_is_a_lower_bound() -> None:
    queue, objective = Queue(rate=5000, steady=True), in_milliseconds("p99", 10)
    for seed in range(10):
        found = Simulated(queue=queue, seed=seed, generator=2500).search(objective)
        assert found.lower_bound
        assert "the load generator's own send delay was" in found.why
        assert found.rate < 2500 * RESOLUTION


def test_a_server_that_never_meets_the_objective_has_none() -> None:
    found = Simulated(queue=Queue(rate=50, steady=True), seed=1).search(in_milliseconds("p99", 10))
    assert found.rate == 0.0
    assert "p99 was" in found.why
