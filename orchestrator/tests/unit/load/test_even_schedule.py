"""An even schedule, worked out from when its requests were sent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterbench.load.generators.even_schedule import from_due
from clusterbench.model.samples import OK
from clusterbench.model.units import Seconds
from support.samples import samples_of

#: Binary fractions, so that sums and differences are exact.
_LATE = st.lists(st.integers(0, 1 << 12).map(lambda ticks: ticks / 1024), min_size=1, max_size=50)
INTERVAL = Seconds(0.25)


def test_requests_that_leave_as_the_schedule_asks_have_no_send_delay() -> None:
    sent = samples_of([(number * INTERVAL, number * INTERVAL + 0.5, OK) for number in range(8)])
    found = from_due(sent, INTERVAL)
    assert found.send_delay is not None
    assert found.send_delay.tolist() == [0.0] * 8
    assert found.latency.tolist() == [0.5] * 8
    assert (found.origin, found.duration) == (sent.origin, sent.duration)


def test_what_a_late_generator_sends_in_a_burst_was_due_one_after_the_other() -> None:
    burst = [(0.0, 0.125, OK), *[(1.0, 1.125, OK)] * 4, (1.25, 1.375, OK)]
    found = from_due(samples_of(burst), INTERVAL)
    assert found.send_delay is not None
    assert found.start.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]
    assert found.send_delay.tolist() == [0.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    assert found.latency.tolist() == [0.125, 0.875, 0.625, 0.375, 0.125, 0.125]


def test_a_first_request_that_left_late_moves_the_schedule_before_it() -> None:
    sent = samples_of([(0.0, 0.125, OK), (0.125, 0.25, OK), (0.375, 0.5, OK)])
    found = from_due(sent, INTERVAL)
    assert found.origin == sent.origin - 0.125
    assert found.latency.tolist() == [0.25, 0.125, 0.125]
    assert found.duration == 0.625


@given(late=_LATE)
def test_no_request_leaves_before_it_is_due_and_none_ends_at_another_time(
    late: list[float],
) -> None:
    sent = np.maximum.accumulate(np.arange(len(late)) * INTERVAL + np.array(late))
    sent -= sent[0]
    listed = samples_of([(start, start + 0.5, OK) for start in sent.tolist()])
    found = from_due(listed, INTERVAL)
    assert found.send_delay is not None
    assert found.send_delay.min() == 0.0
    assert np.diff(np.sort(found.start)) == pytest.approx(INTERVAL)
    assert (found.end + found.origin).tolist() == (listed.end + listed.origin).tolist()


def test_without_a_request_there_is_no_schedule() -> None:
    none = replace(samples_of([]), counts={})
    assert from_due(none, INTERVAL).start.size == 0
