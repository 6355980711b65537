from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterbench.measure.windows import figures
from clusterbench.model.samples import OK, STATUS_NAMES
from support.samples import UNAVAILABLE, Request, closed_loop, samples_of, timing

if TYPE_CHECKING:
    import random

#: Binary fractions, so that sums and differences are exact and boundaries are met exactly.
_TICKS = st.integers(0, 128).map(lambda ticks: ticks / 16)
_REQUESTS = st.lists(
    st.tuples(_TICKS, _TICKS, st.sampled_from([OK, OK, UNAVAILABLE, 4])).map(
        lambda call: (call[0], call[0] + call[1], call[2])
    ),
    max_size=40,
).map(lambda requests: [(0.0, 0.0, OK), *requests])  # the origin is the first start
_WINDOW = st.tuples(st.integers(0, 64), st.integers(1, 64)).map(
    lambda pair: (pair[0] / 16, pair[1] / 16)
)


# ------------------------------------------------------------------- the definitions, one by one


def test_throughput_is_of_ok_responses_that_end_in_the_window_per_second_of_it() -> None:
    requests: list[Request] = [
        (0.0, 0.5, OK),  # ends before
        (0.5, 1.5, OK),
        (1.5, 2.5, OK),
        (2.0, 2.5, UNAVAILABLE),
        (2.5, 3.5, OK),  # ends after
    ]
    found = figures(samples_of(requests), timing(1, 2))
    assert found.responses == 2
    assert found.throughput == 1.0


@pytest.mark.parametrize("part", ["send_delay", "held_back_for"])
def test_a_part_of_the_latency_is_of_the_same_requests_as_the_latency(part: str) -> None:
    requests: list[Request] = [
        (0.0, 0.5, OK), (1.0, 1.25, OK), (1.5, 2.5, UNAVAILABLE), (2.0, 2.75, OK), (2.5, 3.0, OK),
        (3.0, 3.5, OK),
    ]  # fmt: skip
    told: Any = {part: np.array([9.0, 0.0, 9.0, 0.5, np.nan, 9.0])}
    times = getattr(figures(replace(samples_of(requests), **told), timing(1, 2)), part)
    assert (times["mean"], times["max"]) == (0.25, 0.5)
    assert getattr(figures(samples_of(requests), timing(1, 2)), part) == {}


@pytest.mark.parametrize(("delay", "large"), [(0.01, False), (0.05, True)])
def test_a_send_delay_above_a_tenth_of_the_latency_is_a_large_part(
    delay: float, *, large: bool
) -> None:
    requests: list[Request] = [(1.0, 1.25, OK), (1.5, 1.75, OK)]
    listed = replace(samples_of([(0.0, 0.25, OK), *requests]), send_delay=np.full(3, delay))
    assert figures(listed, timing(1, 2)).delayed is large
    assert not figures(samples_of(requests), timing(0, 2)).delayed


def test_a_window_holds_its_beginning_and_not_its_end() -> None:
    requests: list[Request] = [(0.0, 1.0, OK), (0.0, 3.0, OK), (1.0, 1.25, OK), (3.0, 3.25, OK)]
    found = figures(samples_of(requests), timing(1, 2))
    assert found.responses == 2  # those that end at 1.0 and at 1.25
    assert found.latency["max"] == 0.25  # of the one that starts at 1.0


def test_latency_is_of_requests_that_start_in_the_window_wherever_they_end() -> None:
    requests: list[Request] = [(0.0, 2.0, OK), (1.0, 1.25, OK), (2.75, 9.0, OK), (3.0, 3.5, OK)]
    found = figures(samples_of(requests), timing(1, 2))
    assert found.latency["max"] == 6.25
    assert found.latency["mean"] == pytest.approx((0.25 + 6.25) / 2)


def test_a_request_in_flight_at_the_end_has_a_latency_and_is_neither_response_nor_error() -> None:
    found = figures(samples_of([(0.0, 0.0, OK), (2.5, 4.0, OK)]), timing(1, 2))
    assert found.responses == 0
    assert found.errors == {}
    assert found.error_rate == 0.0
    assert found.latency["p50"] == 1.5


def test_an_error_counts_neither_for_throughput_nor_for_latency() -> None:
    requests: list[Request] = [
        (0.0, 0.0, OK),
        (1.0, 1.5, OK),
        (1.0, 2.5, UNAVAILABLE),
        (1.0, 2.75, 4),
    ]
    found = figures(samples_of(requests), timing(1, 2))
    assert found.throughput == 0.5
    assert found.errors == {"UNAVAILABLE": 1, "DEADLINE_EXCEEDED": 1}
    assert found.error_rate == pytest.approx(2 / 3)
    assert found.latency["max"] == 0.5


def test_a_server_whose_every_response_is_an_error_has_no_latency_and_a_full_error_rate() -> None:
    found = figures(samples_of([(0.0, 0.0, OK), (1.0, 1.5, UNAVAILABLE)]), timing(1, 2))
    assert found.throughput == 0.0
    assert found.error_rate == 1.0
    assert found.latency == {}


def test_no_requests_give_zeros() -> None:
    found = figures(samples_of([]), timing(1, 2))
    assert found.throughput == 0.0
    assert found.latency == {}
    assert found.errors == {}
    assert found.error_rate == 0.0


def test_a_generator_that_cuts_requests_off_gives_throughput_and_no_latency() -> None:
    requests = closed_loop(concurrency=4, latency=0.01, seconds=4)
    cut = figures(samples_of(requests, drained=False), timing(1, 2))
    whole = figures(samples_of(requests), timing(1, 2))
    assert cut.latency == {}
    assert whole.latency
    assert cut.throughput == whole.throughput


def test_percentiles_interpolate_between_the_nearest_ranks() -> None:
    requests: list[Request] = [(1.0, 1.0 + milli / 1000, OK) for milli in range(101)]
    found = figures(samples_of([(0.0, 0.0, OK), *requests]), timing(1, 2))
    assert found.latency["p50"] == pytest.approx(0.050)
    assert found.latency["p95"] == pytest.approx(0.095)
    assert found.latency["p99"] == pytest.approx(0.099)
    requests.append((1.0, 1.101, OK))
    found = figures(samples_of([(0.0, 0.0, OK), *requests]), timing(1, 2))
    assert found.latency["p50"] == pytest.approx(0.0505)


@pytest.mark.parametrize(("responses", "known"), [(9_999, False), (10_000, True)])
def test_the_999th_of_a_thousand_takes_ten_thousand_responses(responses: int, known: bool) -> None:
    requests: list[Request] = [(1.0, 1.5, OK)] * responses
    found = figures(samples_of([(0.0, 0.0, OK), *requests]), timing(1, 2))
    assert ("p99.9" in found.latency) is known


# ------------------------------------------------------------------------------- what must hold


@given(_REQUESTS, _WINDOW)
def test_figures_are_what_counting_by_hand_gives(
    requests: list[Request], window: tuple[float, float]
) -> None:
    begin, length = window
    end = begin + length
    found = figures(samples_of(requests), timing(begin, length))
    ended = [status for _, e, status in requests if begin <= e < end]
    latencies = [e - s for s, e, status in requests if begin <= s < end and status == OK]
    assert found.responses == ended.count(OK)
    assert found.throughput == ended.count(OK) / length
    assert sum(found.errors.values()) == len(ended) - ended.count(OK)
    assert bool(found.latency) is bool(latencies)
    if latencies:
        assert found.latency["max"] == max(latencies)
        assert found.latency["mean"] == pytest.approx(sum(latencies) / len(latencies))


@given(_REQUESTS, _WINDOW, st.integers(1, 64))
def test_two_windows_end_to_end_count_as_one(
    requests: list[Request], window: tuple[float, float], more: int
) -> None:
    begin, length = window
    after = more / 16
    samples = samples_of(requests)
    first = figures(samples, timing(begin, length))
    second = figures(samples, timing(begin + length, after))
    both = figures(samples, timing(begin, length + after))
    assert first.responses + second.responses == both.responses
    assert sum(first.errors.values()) + sum(second.errors.values()) == sum(both.errors.values())


@given(_REQUESTS, _WINDOW)
def test_what_starts_ends_ok_fails_or_is_in_flight(
    requests: list[Request], window: tuple[float, float]
) -> None:
    begin, length = window
    end = begin + length
    found = figures(samples_of(requests), timing(begin, length))
    started = sum(begin <= s < end for s, _, _ in requests)
    carried_in = sum(s < begin <= e < end for s, e, _ in requests)
    ended = found.responses + sum(found.errors.values())
    in_flight = sum(begin <= s < end <= e for s, e, _ in requests)
    assert started + carried_in == ended + in_flight


@given(_REQUESTS, _WINDOW, st.randoms(use_true_random=False))
def test_the_order_of_requests_does_not_matter(
    requests: list[Request], window: tuple[float, float], shuffle: random.Random
) -> None:
    samples = samples_of(requests)
    order = list(range(len(requests)))
    shuffle.shuffle(order)
    shuffled = samples_of(requests)
    for name in ("start", "latency", "status"):
        getattr(shuffled, name)[:] = getattr(samples, name)[order]
    one, other = figures(samples, timing(*window)), figures(shuffled, timing(*window))
    assert one.latency == pytest.approx(other.latency)
    assert (one.throughput, one.errors) == (other.throughput, other.errors)


@given(_REQUESTS, _WINDOW)
def test_errors_never_add_to_throughput_or_latency(
    requests: list[Request], window: tuple[float, float]
) -> None:
    good = [call for call in requests if call[2] == OK]
    with_errors = figures(samples_of(requests), timing(*window))
    without = figures(samples_of(good), timing(*window))
    assert with_errors.throughput == without.throughput
    assert with_errors.latency == pytest.approx(without.latency)
    assert without.errors == {}
    assert 0.0 <= with_errors.error_rate <= 1.0


@settings(max_examples=30)  # each draws thousands of requests
@given(
    st.integers(1, 32),
    st.floats(0.004, 0.02),
    st.floats(0.0, 1.0),
    st.integers(0, 2**32 - 1),
)
def test_in_a_closed_loop_throughput_times_mean_latency_is_the_concurrency(
    concurrency: int, latency: float, spread: float, seed: int
) -> None:
    requests = closed_loop(
        concurrency=concurrency, latency=latency, seconds=4, seed=seed, spread=spread
    )
    found = figures(samples_of(requests), timing(1, 2))
    longest = max(end - start for start, end, _ in requests)
    # Responses are counted by their ends and latencies by their starts: the two sets differ by
    # what is in flight at the ends of the window, which is two seconds long.
    slack = concurrency * 1.5 * longest
    assert found.throughput * found.latency["mean"] == pytest.approx(concurrency, abs=slack)


@given(_REQUESTS, _WINDOW)
def test_no_figure_is_ever_not_a_number(
    requests: list[Request], window: tuple[float, float]
) -> None:
    for listed in (None, 0, 1, len(requests) // 2):
        for drained in (True, False):
            samples = samples_of(requests, listed=listed, drained=drained)
            found = figures(samples, timing(*window))
            values = [found.throughput, found.error_rate, *found.latency.values()]
            assert all(math.isfinite(value) and value >= 0 for value in values)


# ---------------------------------------------------------------- where requests are not all listed


def test_a_list_that_covers_the_window_gives_the_throughput_of_the_whole() -> None:
    requests = closed_loop(concurrency=8, latency=0.01, seconds=6)
    listed = sum(end < 3.5 for _, end, _ in requests)
    short = figures(samples_of(requests, listed=listed), timing(1, 2))
    whole = figures(samples_of(requests), timing(1, 2))
    assert short.truncated
    assert not whole.truncated
    assert short.throughput == whole.throughput
    assert short.latency == whole.latency


def test_a_list_that_ends_within_the_window_leaves_throughput_to_the_counts() -> None:
    requests = closed_loop(concurrency=8, latency=0.01, seconds=6)
    listed = sum(end < 2.0 for _, end, _ in requests)
    short = figures(samples_of(requests, listed=listed), timing(1, 4))
    before = sum(end < 1.0 for _, end, _ in requests)
    last = max(end for _, end, _ in requests)
    assert short.truncated
    assert short.responses == len(requests) - before
    assert short.throughput == pytest.approx((len(requests) - before) / (last - 1.0))
    whole = figures(samples_of(requests), timing(1, 4))
    assert short.throughput == pytest.approx(whole.throughput, rel=0.02)


def test_a_list_that_ends_before_the_window_gives_throughput_and_no_latency() -> None:
    requests = closed_loop(concurrency=8, latency=0.01, seconds=6)
    listed = sum(end < 0.5 for _, end, _ in requests)
    short = figures(samples_of(requests, listed=listed), timing(1, 4))
    whole = figures(samples_of(requests), timing(1, 4))
    assert short.latency == {}
    # What ended between the list's end and the window's begin counts too: a little too many.
    assert short.throughput == pytest.approx(whole.throughput, rel=0.15)


def test_errors_beyond_the_list_are_counted_by_their_status() -> None:
    requests = closed_loop(concurrency=8, latency=0.01, seconds=6)
    failing = [(s, e, UNAVAILABLE if s > 3 else OK) for s, e, _ in requests]
    listed = sum(end < 2.0 for _, end, _ in failing)
    short = figures(samples_of(failing, listed=listed), timing(1, 4))
    assert short.errors == {"UNAVAILABLE": sum(s > 3 for s, _, _ in failing)}
    assert short.throughput < figures(samples_of(requests), timing(1, 4)).throughput


def test_percentiles_of_a_cut_list_do_not_flatter() -> None:
    # Slow requests (0.4 s) among fast ones: a list that is cut at 2.0 s has the fast ones that
    # started in its last 0.4 s, and not the slow ones.
    draw = np.random.default_rng(3)
    requests: list[Request] = []
    for _ in range(20):
        now = 0.0
        while now < 6:
            took = 0.4 if draw.random() < 0.1 else 0.01
            requests.append((now, now + took, OK))
            now += took
    listed = sum(end < 2.0 for _, end, _ in requests)
    short = figures(samples_of(requests, listed=listed), timing(1, 4))
    begin, until = 1.0, max(sorted(e for _, e, _ in requests)[:listed]) - 0.4
    complete = [e - s for s, e, _ in requests if begin <= s < until]
    assert short.latency["mean"] == pytest.approx(float(np.mean(complete)), rel=0.02)
    flattering = [e - s for s, e, _ in requests if begin <= s and e < 2.0]
    assert short.latency["mean"] > float(np.mean(flattering))


def test_status_names_cover_every_grpc_code() -> None:
    assert len(STATUS_NAMES) == 17
    for code, name in enumerate(STATUS_NAMES):
        found = figures(samples_of([(0.0, 0.0, OK), (1.0, 1.5, code)]), timing(1, 2))
        assert found.errors == ({} if code == OK else {name: 1})
