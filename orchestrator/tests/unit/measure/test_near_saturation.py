"""Which instances of a comparison its rate nearly fills, of made-up slices and warm-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.compare_verdicts import compared
from clusterbench.model.compare_plan import Arm, SliceLoad
from clusterbench.model.units import RequestsPerSecond
from support.comparisons import compare_plan, instance_record, slice_record

if TYPE_CHECKING:
    from clusterbench.model.compare_plan import ComparePlan
    from clusterbench.model.compared import NearlyFull
    from clusterbench.model.slices import InstanceRecord, SliceRecord


def one_block(number: int, **saturated: float) -> list[SliceRecord | InstanceRecord]:
    """Slices of 1,000 requests/s, and instances that served so much at the end of their warm-up."""
    return [
        record
        for arm in Arm
        for record in (
            slice_record(block=number, arm=arm),
            instance_record(
                block=number,
                arm=arm,
                warm_up=(RequestsPerSecond(1.0), *[RequestsPerSecond(saturated[arm])] * 2),
            ),
        )
    ]


def marked(*blocks: list[SliceRecord | InstanceRecord], **plan: object) -> tuple[NearlyFull, ...]:
    asked: ComparePlan = compare_plan(**plan)
    return compared(asked, [each for of in blocks for each in of], seconds=1.0).nearly_full


def test_an_instance_that_serves_less_than_the_first_ones_did_is_marked() -> None:
    first = one_block(0, baseline=2000.0, candidate=2100.0)
    (found,) = marked(first, one_block(1, baseline=2000.0, candidate=1100.0))
    assert (found.block, found.arm) == (1, Arm.CANDIDATE)
    assert found.rate == pytest.approx(1000.0)
    assert found.saturated == 1100.0


@pytest.mark.parametrize(("saturated", "is_marked"), [(1240.0, True), (1260.0, False)])
def test_four_fifths_of_the_saturated_throughput_are_the_bound(
    saturated: float, *, is_marked: bool
) -> None:
    found = marked(one_block(0, baseline=saturated, candidate=2000.0))
    assert bool(found) is is_marked


def test_a_closed_loop_keeps_no_rate_and_what_has_no_warm_up_is_not_known() -> None:
    full = one_block(0, baseline=1000.0, candidate=1000.0)
    assert marked(full, load=SliceLoad(concurrency=8)) == ()
    assert marked([slice_record(), instance_record()]) == ()
