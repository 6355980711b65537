"""The search for a capacity: what it finds whatever it is told, and when it ends."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterbench.measure.capacity_search import (
    LEAST_SHARE,
    MOST_SHARE,
    RESOLUTION,
    Probe,
    search,
)
from clusterbench.measure.rate_judgement import Judgement
from clusterbench.model.objective import in_milliseconds
from clusterbench.model.units import RequestsPerSecond

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.model.capacity import FoundCapacity

OBJECTIVE = in_milliseconds("p99", 10)

#: More windows than any search may have.
_ENDLESS = 40

Hints = list[tuple[float, Judgement]]


def held(share: float = 0.5) -> Judgement:
    return Judgement(holds=True, share=share, served=math.inf)


def failed(share: float = 1.5, *, spoiled: str = "", tail_alone: bool = False) -> Judgement:
    return Judgement(
        holds=False,
        share=share,
        served=math.inf,
        tail_alone=tail_alone,
        why="p99 was 15 ms",
        spoiled=spoiled,
    )


def searched(
    answer: Callable[[Probe], Judgement],
    *,
    saturated: float = 1000.0,
    hints: Sequence[tuple[float, Judgement]] = (),
) -> tuple[FoundCapacity, list[tuple[Probe, Judgement]]]:
    """Run a search; return what it found and what it tried."""
    tries = search(OBJECTIVE, RequestsPerSecond(saturated), hints)
    probe, tried = next(tries), []
    while len(tried) <= _ENDLESS:
        verdict = answer(probe)
        tried.append((probe, verdict))
        try:
            probe = tries.send(verdict)
        except StopIteration as found:
            return found.value, tried
    pytest.fail(f"no end after {_ENDLESS} windows")


def up_to(capacity: float) -> Callable[[Probe], Judgement]:
    """Return a server that sustains up to a rate, always."""

    def answer(probe: Probe) -> Judgement:
        return held() if probe.rate <= capacity else failed()

    return answer


def up_to_but_once(capacity: float, number: int, once: Judgement) -> Callable[[Probe], Judgement]:
    """Return such a server, but for what is said of one window: the one of this number, from 0."""
    windows = itertools.count()

    def answer(probe: Probe) -> Judgement:
        return once if next(windows) == number else up_to(capacity)(probe)

    return answer


JUDGEMENTS = st.builds(
    Judgement,
    holds=st.booleans(),
    share=st.sampled_from([0.001, 0.5, 0.99, 1.0, 1.01, 3.0, 50.0, math.inf]),
    served=st.floats(0.0, 1e6),
    tail_alone=st.booleans(),
)
HINTS = st.lists(st.tuples(st.floats(1.0, 1e6), JUDGEMENTS), max_size=6)
SATURATED = st.one_of(st.floats(0.01, 10.0), st.floats(10.0, 1e6))


@given(saturated=SATURATED, hints=HINTS, said=st.lists(JUDGEMENTS, min_size=50, max_size=50))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_search_ends_whatever_it_is_told_and_finds_what_held_in_a_full_window(
    saturated: float, hints: Hints, said: list[Judgement]
) -> None:
    answers = iter(said)
    found, tried = searched(lambda _: next(answers), saturated=saturated, hints=hints)
    full = [(probe.rate, verdict.holds) for probe, verdict in tried if probe.full]
    assert full  # the trial's requests are those of a full window
    assert found.rate == 0.0 or (found.rate, True) in full
    assert found.rate >= 0.0
    assert all(probe.rate >= 1.0 and probe.rate == round(probe.rate) for probe, _ in tried)


@given(share=st.floats(0.011, 1.9), saturated=st.floats(500.0, 1e6), hints=HINTS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_capacity_is_found_within_the_resolution_whatever_the_hints(
    share: float, saturated: float, hints: Hints
) -> None:
    capacity = share * saturated
    found, _ = searched(up_to(capacity), saturated=saturated, hints=hints)
    assert found.rate <= capacity < found.rate * RESOLUTION + 1.0
    assert not found.lower_bound


def test_a_server_that_sustains_all_that_is_tried_has_a_lower_bound() -> None:
    found, _ = searched(lambda _: held())
    assert found.rate == 1000.0 * MOST_SHARE
    assert found.lower_bound
    assert found.why == "no more than 2 times the saturated throughput is tried"


def test_a_server_that_sustains_nothing_has_no_capacity_and_the_reason_is_said() -> None:
    found, tried = searched(lambda _: failed())
    lowest = 1000.0 * LEAST_SHARE
    assert found.rate == 0.0
    assert not found.lower_bound
    assert found.why == "at 10 requests/s p99 was 15 ms"
    assert tried[-1][0] == Probe(RequestsPerSecond(lowest), full=True)


def test_where_the_load_generator_let_nothing_hold_that_is_no_capacity_of_0() -> None:
    found, _ = searched(lambda _: failed(spoiled="the load generator was late"))
    assert found.rate == 0.0
    assert found.lower_bound
    assert found.why == "at 10 requests/s p99 was 15 ms, and the load generator was late"


def test_where_the_load_generator_ended_the_search_the_capacity_is_a_lower_bound() -> None:
    why = "the load generator's own send delay was 2 ms (p99)"
    found, _ = searched(lambda p: held() if p.rate <= 700 else failed(spoiled=why))
    assert 670 < found.rate <= 700
    assert found.lower_bound
    assert found.why == why


def test_a_spoiled_window_that_did_not_end_the_search_makes_no_lower_bound() -> None:
    def answer(probe: Probe) -> Judgement:
        if probe.rate <= 500:
            return held()
        return failed(spoiled="late") if probe.rate > 780 else failed()

    found, tried = searched(answer)
    assert any(verdict.spoiled for _, verdict in tried)
    assert not found.lower_bound


def test_one_pause_does_not_end_a_search() -> None:
    """At the rate that failed because of a pause, the window is tried again."""
    undisturbed, tried = searched(up_to(900.0))
    for number in range(len(tried)):
        found, _ = searched(up_to_but_once(900.0, number, failed(8.0, tail_alone=True)))
        assert found.rate <= 900.0 < found.rate * RESOLUTION + 1.0, number
    assert undisturbed.rate <= 900.0


def test_a_load_generator_that_is_late_once_makes_no_lower_bound() -> None:
    """The window in which it was late is tried again, also a full one near the limit."""
    _, tried = searched(up_to(900.0))
    for number in range(len(tried)):
        found, _ = searched(up_to_but_once(900.0, number, failed(1.2, spoiled="late")))
        assert not found.lower_bound, number
        assert found.rate <= 900.0 < found.rate * RESOLUTION + 1.0, number


def test_an_overload_is_not_tried_twice() -> None:
    def answer(probe: Probe) -> Judgement:
        return held(0.1) if probe.rate <= 950.0 else failed(30.0, tail_alone=False)

    _, tried = searched(answer)
    beyond = [probe for probe, verdict in tried if not verdict.holds]
    assert len(beyond) == len(set(beyond))


def test_a_search_begins_where_its_hints_say_that_the_capacity_is() -> None:
    hints = [(500.0, held(0.2)), (600.0, held(0.8)), (640.0, failed(1.6))]
    tries = search(OBJECTIVE, RequestsPerSecond(1000.0), hints)
    first = next(tries)
    assert 580.0 < first.rate < 640.0
    assert first.full


def test_good_hints_spare_windows() -> None:
    hints = [(880.0, held(0.7)), (940.0, failed(1.9))]
    with_hints, without = (searched(up_to(900.0), hints=h)[1] for h in (hints, ()))
    assert len(with_hints) < len(without)


def test_rates_of_a_slow_server_are_whole_numbers_and_the_search_ends() -> None:
    found, _ = searched(up_to(3.0), saturated=4.2)
    assert found.rate == 3.0
    found, _ = searched(up_to(0.0), saturated=0.4)
    assert found.rate == 0.0
