"""Who overtakes whom as models and requests grow, and what Python's share is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.size_effects import Overtaking, overtaken, python_share
from clusterbench.measure.summarise import summarise
from support.factories import run_record
from support.sized_runs import LARGE, ROWS, SIZES, SMALL, THREE, cost, sized_run, sized_summary

if TYPE_CHECKING:
    from clusterbench.model.size_summary import SizeRow
    from clusterbench.model.sizes import ModelSize
    from clusterbench.model.summary import Summary


def row(summary: Summary, contender: str, size: ModelSize, rows: int) -> SizeRow:
    key = (contender, size, rows)
    (found,) = (r for r in summary.sizes if (r.contender, r.size, r.rows) == key)
    return found


def test_what_a_core_does_is_rows_over_the_cpu_time_of_a_request() -> None:
    summary = sized_summary(sized_run(rounds=1))
    assert len(summary.sizes) == len(SIZES.models) * len(ROWS) * len(THREE)
    for each in summary.sizes:
        assert each.per_core is not None
        expected = 1 / cost(each.contender, each.size, each.rows)
        assert each.per_core.value == pytest.approx(expected)
        assert each.per_core.ends is None


def test_a_ratio_is_paired_by_round() -> None:
    def noisy(name: str, size: ModelSize, rows: int, number: int) -> float:
        return cost(name, size, rows) * (1.0, 1.5)[number - 1]  # a slow round is slow for all

    found = row(sized_summary(sized_run(), noisy), "sklearn-grpc", SMALL, 1)
    assert found.per_core is not None
    assert found.per_core.ends is not None
    assert found.per_core.ends[1] > 2 * found.per_core.ends[0]
    expected = cost("sklearn-grpc", SMALL, 1) / cost("rust-tonic", SMALL, 1)
    assert found.over_native is not None
    assert found.over_native.rounds == pytest.approx((expected, expected))


def test_a_round_in_which_one_of_both_failed_has_no_ratio() -> None:
    def fails(name: str, size: ModelSize, rows: int, number: int) -> float | None:
        one_failed = number == {"rust-tonic": 1, "sklearn-grpc": 2}.get(name)
        return None if one_failed else cost(name, size, rows)

    summary = sized_summary(sized_run(), fails)
    assert row(summary, "sklearn-grpc", SMALL, 1).over_native is None
    paired = row(summary, "linfa-py-grpc", SMALL, 1).over_native
    assert paired is not None
    assert len(paired.rounds) == 1


def test_it_overtakes_from_the_rows_on_from_which_its_cpu_time_is_lower_at_each() -> None:
    summary = sized_summary(sized_run())
    by_size = {each.size: each for each in overtaken(SIZES, summary.sizes)}
    assert (by_size[SMALL].state, by_size[SMALL].rows) == (Overtaking.NEVER, None)
    assert (by_size[LARGE].state, by_size[LARGE].rows) == (Overtaking.OVERTAKES, 10)


def test_it_does_not_overtake_where_it_is_ahead_for_a_while_only() -> None:
    def a_while(name: str, size: ModelSize, rows: int, number: int) -> float:
        factor = 0.5 if name == "sklearn-grpc" and rows == 10 else 2.0
        return factor * 1e-6 if name == "sklearn-grpc" else 1e-6

    summary = sized_summary(sized_run(), a_while)
    assert {each.state for each in overtaken(SIZES, summary.sizes)} == {Overtaking.UNDECIDED}


def test_an_interval_that_holds_1_decides_nothing() -> None:
    def level(name: str, size: ModelSize, rows: int, number: int) -> float:
        return 1e-6 * (0.8 if name == "sklearn-grpc" and number == 1 else 1.0)

    summary = sized_summary(sized_run(), level)
    assert {each.state for each in overtaken(SIZES, summary.sizes)} == {Overtaking.UNDECIDED}


def test_one_round_decides_by_its_figure_alone() -> None:
    summary = sized_summary(sized_run(rounds=1))
    states = {each.size: each.state for each in overtaken(SIZES, summary.sizes)}
    assert (states[SMALL], states[LARGE]) == (Overtaking.NEVER, Overtaking.OVERTAKES)


def test_a_model_that_lacks_a_figure_is_unknown() -> None:
    def fails(name: str, size: ModelSize, rows: int, number: int) -> float | None:
        failed = name == "sklearn-grpc" and size == LARGE and rows == ROWS[-1]
        return None if failed else cost(name, size, rows)

    states = {
        each.size: each.state
        for each in overtaken(SIZES, sized_summary(sized_run(), fails).sizes)
    }  # fmt: skip
    assert states[LARGE] is Overtaking.UNKNOWN
    assert states[SMALL] is Overtaking.NEVER


def test_pythons_share_is_what_is_used_beyond_the_contender_without_python() -> None:
    summary = sized_summary(sized_run())
    for size in SIZES.models:
        for rows in ROWS:
            share = python_share(SIZES, row(summary, "linfa-py-grpc", size, rows))
            expected = 1 - cost("rust-tonic", size, rows) / cost("linfa-py-grpc", size, rows)
            assert share == pytest.approx(expected)
    assert python_share(SIZES, row(summary, "sklearn-grpc", SMALL, 1)) is None


def test_pythons_share_is_never_below_0() -> None:
    def quick(name: str, size: ModelSize, rows: int, number: int) -> float:
        return 0.9e-6 if name == SIZES.python else 1e-6

    found = row(sized_summary(sized_run(), quick), SIZES.python, SMALL, 1)
    assert python_share(SIZES, found) == 0.0


def test_other_runs_have_no_sizes() -> None:
    assert summarise(run_record(), [], {}).sizes == ()
