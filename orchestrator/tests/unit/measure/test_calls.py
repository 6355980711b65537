from __future__ import annotations

import pytest

from clusterbench.bench.calls import read, tables
from clusterbench.errors import MeasureError
from clusterbench.experiment import Seconds
from clusterbench.measure.calls import Timing, costs


def timing(turn: int, call: str, nanoseconds: float, *, reference: bool = False) -> Timing:
    return Timing(
        turn=turn, group="g", call=call, seconds=Seconds(nanoseconds * 1e-9), reference=reference
    )


def test_a_calls_ratio_is_paired_by_turn_so_that_a_slow_turn_cancels() -> None:
    found = costs(
        [
            timing(1, "kept", 100, reference=True),
            timing(1, "other", 200),
            timing(2, "kept", 1000, reference=True),
            timing(2, "other", 2000),
        ]
    )
    kept, other = found
    assert (kept.call, kept.ratio) == ("kept", None)
    assert other.ratio is not None
    assert other.ratio.value == pytest.approx(2.0)
    assert other.ratio.high == pytest.approx(2.0)


def test_the_reference_comes_first_and_then_the_cheapest() -> None:
    found = costs(
        [timing(1, "slow", 300), timing(1, "kept", 200, reference=True), timing(1, "quick", 100)]
    )
    assert [cost.call for cost in found] == ["kept", "quick", "slow"]


def test_a_turn_without_the_reference_gives_no_ratio() -> None:
    (_, other) = costs([timing(1, "kept", 100, reference=True), timing(2, "other", 200)])
    assert other.ratio is None


def test_what_pytest_benchmark_wrote_becomes_timings_and_a_table() -> None:
    printed = (
        b'{"machine_info": {}, "benchmarks": [{"stats": {"median": 2e-7, "mean": 3e-7}, '
        b'"extra_info": {"turn": 1, "group": "g", "call": "kept", "reference": true}}]}'
    )
    (found,) = read(printed)
    assert found == Timing(turn=1, group="g", call="kept", seconds=Seconds(2e-7), reference=True)
    (table,) = tables(costs([found]))
    assert [value.text for value in table.rows[0]] == ["kept (kept)", "200", ""]


@pytest.mark.parametrize("printed", [b"", b"{}", b'{"benchmarks": [{"stats": {}}]}'])
def test_what_is_no_json_of_pytest_benchmark_is_refused(printed: bytes) -> None:
    with pytest.raises(MeasureError, match="not as expected"):
        read(printed)
