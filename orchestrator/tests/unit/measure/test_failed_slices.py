"""How many failures make a slice useless, and what is said of it."""

from __future__ import annotations

from clusterbench.measure.failed_slices import failing, too_many
from clusterbench.model.compare_plan import Arm
from support.comparisons import slice_record


def test_up_to_one_request_of_a_hundred_may_fail() -> None:
    assert too_many(400, {"UNAVAILABLE": 4}) is None
    assert too_many(0, {}) is None
    said = "5 of 400 requests failed (4 UNAVAILABLE, 1 wrong)"
    assert too_many(400, {"wrong": 1, "UNAVAILABLE": 4}) == said


def test_the_first_slice_that_fails_is_named() -> None:
    well = slice_record()
    ill = slice_record(block=2, pair=3, arm=Arm.CANDIDATE, failed={"CANCELLED": 20})
    assert failing([well, ill, slice_record(failed={"wrong": 200})]) == (
        "block 3, pair 4: candidate: 20 of 200 requests failed (20 CANCELLED)"
    )
    assert failing([well]) is None
