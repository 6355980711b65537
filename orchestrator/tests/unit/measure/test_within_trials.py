"""What went on within a trial: its percentiles, its parts, its pauses, from known samples."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from clusterbench.measure.courses import LEAST_PARTS, MOST_PARTS, course, part_edges
from clusterbench.measure.pauses import pause
from clusterbench.measure.percentile_curves import BEYOND, percentile_curve
from clusterbench.measure.windows import figures
from clusterbench.model.samples import OK, Samples
from support.samples import UNAVAILABLE, Request, samples_of, timing

_TIMING = timing(1.0, 4.0)
_EDGES = (0.0, 1.0, 2.0, 3.0, 4.0)


def _steady(seconds: float = 6.0, rate: int = 200, latency: float = 0.005) -> list[Request]:
    """A request every 1 / rate seconds, each of which takes as long."""
    starts = np.arange(0, round(seconds * rate)) / rate
    return [(start, start + latency, OK) for start in starts.tolist()]


def test_a_curve_has_the_percentiles_of_known_latencies() -> None:
    latencies = np.arange(1, 100_002) / 1e5
    curve = {each.beyond: each.value for each in percentile_curve([latencies])}
    assert curve[1.0] == pytest.approx(1e-5)
    for beyond, value in ((0.5, 0.50001), (0.1, 0.90001), (0.01, 0.99001), (0.0001, 0.99991)):
        assert curve[beyond] == pytest.approx(value)
    assert list(curve) == sorted(curve, reverse=True)


@pytest.mark.parametrize(
    ("responses", "last"), [(1_000, 0.01), (9_999, 0.00112202), (10_000, 0.001)]
)
def test_a_curve_ends_where_fewer_than_ten_responses_are_above(responses: int, last: float) -> None:
    curve = percentile_curve([np.linspace(0.001, 1.0, responses)])
    assert curve[-1].beyond >= last * 0.999
    assert all(responses * each.beyond >= BEYOND * 0.999 for each in curve)
    assert min(each.beyond for each in curve) <= last * 10**0.05


def test_the_round_with_the_fewest_responses_ends_the_curve_of_all() -> None:
    many, few = np.linspace(0.001, 1, 100_000), np.linspace(0.001, 1, 1_000)
    assert percentile_curve([many, few])[-1].beyond == pytest.approx(0.01)


def test_rounds_are_not_pooled_and_their_spread_is_that_of_the_lowest_and_the_highest() -> None:
    rounds = [np.full(1_000, value) for value in (0.001, 0.004)]
    (median,) = (each for each in percentile_curve(rounds) if each.beyond == 0.5)
    # The geometric mean, as a table has it; the pooled one would be at either of both.
    assert (median.low, median.value, median.high) == pytest.approx((0.001, 0.002, 0.004))


def test_a_curve_says_what_the_figures_of_tables_say() -> None:
    samples = samples_of(_steady(rate=2000, latency=0.003))
    own = figures(samples, _TIMING).latency
    curve = {each.beyond: each.value for each in percentile_curve([samples.latency])}
    assert curve[0.01] == pytest.approx(own["p99"])


def test_without_latencies_there_is_no_curve() -> None:
    assert percentile_curve([]) == ()
    assert percentile_curve([np.array([])]) == ()
    assert percentile_curve([np.array([1.0] * 5)]) == ()


# --------------------------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("window", "responses", "width"),
    [
        (5.0, 10**6, 0.1), (5.0, 2_500, 0.2), (5.0, 1_000, 0.5), (60.0, 10**7, 1.0), (30.0, 9, 5.0),
    ],
)  # fmt: skip
def test_a_part_is_as_short_as_the_responses_allow(
    window: float, responses: int, width: float
) -> None:
    edges = part_edges(window, responses)
    assert edges[1] - edges[0] == pytest.approx(width)
    assert (edges[0], edges[-1]) == (0.0, window)
    assert LEAST_PARTS <= len(edges) - 1 <= MOST_PARTS


def test_what_is_left_of_a_window_is_a_part_from_half_a_part_on() -> None:
    assert part_edges(5.26, 10**6)[-3:] == (5.1, 5.2, 5.26)
    assert part_edges(5.24, 10**6)[-3:] == (5.0, 5.1, 5.24)
    assert part_edges(0.05, 10)[-1] == 0.05


def test_each_part_has_its_throughput_and_its_p99() -> None:
    slow = [(s, s + 0.05, OK) if 3.0 <= s < 4.0 else (s, e, OK) for s, e, _ in _steady()]
    found = course(samples_of(slow), _TIMING, _EDGES)
    assert found.throughput == pytest.approx((200, 200, 191, 209), abs=1.1)
    assert found.p99 == pytest.approx((0.005, 0.005, 0.05, 0.005))
    assert found.failed == (0, 0, 0, 0)


def test_a_part_in_which_nothing_ends_has_no_throughput_but_a_gap_of_p99() -> None:
    without = [each for each in _steady() if not 2.99 <= each[0] < 3.995]
    found = course(samples_of(without), _TIMING, _EDGES)
    assert found.throughput[2] == pytest.approx(0, abs=2)
    assert found.throughput[1] == pytest.approx(199, abs=2)
    assert found.p99[2] is None
    assert found.p99[3] is not None


def test_failed_requests_count_by_where_they_end_and_in_no_other_figure() -> None:
    failing = [(s, e + 1, UNAVAILABLE) if 2.0 <= s < 2.1 else (s, e, OK) for s, e, _ in _steady()]
    found = course(samples_of(failing), _TIMING, _EDGES)
    # They start in the second part, and end a second later.
    assert found.failed == (0, 0, 20, 0)
    assert found.throughput == pytest.approx((200, 180, 200, 200), abs=1.1)
    assert found.p99[1] == pytest.approx(0.005)


def test_after_the_end_of_a_list_of_first_requests_nothing_is_known() -> None:
    every = _steady()
    found = course(samples_of(every, listed=round(len(every) * 3.5 / 6)), _TIMING, _EDGES)
    assert [value is None for value in found.throughput] == [False, False, True, True]
    assert [value is None for value in found.p99] == [False, False, True, True]


def test_of_requests_that_were_cut_off_there_is_no_p99() -> None:
    found = course(samples_of(_steady(), drained=False), _TIMING, _EDGES)
    assert set(found.p99) == {None}
    assert None not in found.throughput


# -------------------------------------------------------------------------------- pauses


def _paused(from_: float, seconds: float) -> Samples:
    """A closed loop of one request whose server stops for so long."""
    kept = [each for each in _steady() if not from_ <= each[0] < from_ + seconds]
    return samples_of([*kept, (from_, from_ + seconds, OK)])


def test_a_pause_is_found_with_its_place_and_its_length() -> None:
    found = pause(_paused(2.5, 0.4), _TIMING)
    assert found is not None
    assert (found.at, found.seconds) == pytest.approx((1.5, 0.4), abs=0.011)
    assert figures(_paused(2.5, 0.4), _TIMING).pause == found.seconds


def test_what_of_a_pause_lies_outside_of_the_window_does_not_count() -> None:
    found = pause(_paused(0.5, 1.0), _TIMING)
    assert found is not None
    assert (found.at, found.seconds) == pytest.approx((0.0, 0.5), abs=0.011)
    assert pause(_paused(5.2, 0.5), _TIMING) is None


def test_a_steady_load_a_short_stop_and_slow_responses_are_no_pause() -> None:
    assert pause(samples_of(_steady()), _TIMING) is None
    assert pause(_paused(2.5, 0.08), _TIMING) is None
    # A batch of 64 ends at once, each 0.3 s.
    batches = [(0.3 * n, 0.3 * (n + 1), OK) for n in range(20) for _ in range(64)]
    assert pause(samples_of(batches), _TIMING) is None


def test_a_schedule_of_few_requests_has_no_pause_between_them() -> None:
    starts = np.cumsum(np.random.default_rng(3).exponential(0.1, 80))
    rare = [(start, start + 0.001, OK) for start in starts.tolist()]
    assert pause(samples_of(rare), timing(0.5, 6.0)) is None


def test_of_a_list_of_first_requests_no_pause_is_known() -> None:
    assert pause(dataclasses.replace(_paused(2.5, 0.4), truncated=True), _TIMING) is None
    assert pause(samples_of([]), _TIMING) is None
