from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.training_times import summarise_training
from clusterbench.report.tables import training_tables as table
from support.training import benchmark, record, training

if TYPE_CHECKING:
    from clusterbench.model.interval import Estimate
    from clusterbench.model.training_summary import TrainingRow, TrainingSummary


def row(summary: TrainingSummary, contender: str, group: str = "equal-work") -> TrainingRow:
    return next(r for r in summary.rows if (r.contender, r.group) == (contender, group))


def test_a_time_is_the_median_of_a_passs_rounds_with_its_interval_over_passes() -> None:
    kept = record([benchmark("sklearn", 1.0, 9.0, 2.0)], [benchmark("sklearn", 2.0, 2.0, 7.0)])
    found = row(summarise_training(training(), kept), "sklearn")
    assert found.time.rounds == (2.0, 2.0)
    assert found.time.value == pytest.approx(2.0)
    assert found.time_per_iteration.value == pytest.approx(0.5)
    alone = summarise_training(training(), record([benchmark("sklearn", 1.0)]))
    assert row(alone, "sklearn").time.low is None


def test_ratios_are_paired_by_pass_and_above_one_where_the_denominator_is_faster() -> None:
    kept = record(
        [benchmark("sklearn", 2.0), benchmark("linfa-py", 1.0)],
        [benchmark("linfa-py", 10.0), benchmark("sklearn", 20.0)],
        [benchmark("sklearn", 5.0)],
    )
    (found,) = summarise_training(training(), kept).comparisons
    assert (found.numerator, found.denominator) == ("sklearn", "linfa-py")
    assert found.ratio.rounds == (2.0, 2.0)


@pytest.mark.parametrize(
    ("changes", "equal"),
    [
        ({}, True),
        ({"inertia": 10.0 + 1e-6}, True),
        ({"inertia": 10.01}, False),
        ({"n_iter": 5}, False),
        ({"n_iter": None}, False),
        ({"inertia": None}, False),
    ],
)
def test_work_is_equal_where_iterations_and_inertia_agree(
    changes: dict[str, object], *, equal: bool
) -> None:
    kept = record([benchmark("sklearn", 1.0), benchmark("linfa-py", 1.0, **changes)])
    summary = summarise_training(training(), kept)
    assert row(summary, "linfa-py").equal is equal
    said = " ".join(str(value) for row in table.times(summary).rows for value in row)
    assert ("not equal work" in said) is not equal


def test_one_pass_with_other_work_is_enough_to_be_unequal_and_wider_bounds_allow_it() -> None:
    kept = record(
        [benchmark("sklearn", 1.0), benchmark("linfa-py", 1.0)],
        [benchmark("sklearn", 1.0), benchmark("linfa-py", 1.0, n_iter=5)],
    )
    assert row(summarise_training(training(), kept), "linfa-py").equal is False
    wider = training(iterations_apart=1)
    assert row(summarise_training(wider, kept), "linfa-py").equal is True


def test_iterations_that_are_those_of_the_best_restart_alone_are_not_divided_by() -> None:
    kept = record(
        [
            benchmark("sklearn-2019", 1.0, group="defaults", n_init=10, edition="2019"),
            benchmark("linfa-rust", 1.0, group="defaults", n_init=10, n_iter=40),
        ]
    )
    summary = summarise_training(training(), kept)
    best = row(summary, "sklearn-2019", "defaults")
    assert (best.edition, best.iterations, best.time_per_iteration) == ("2019", None, None)
    every = row(summary, "linfa-rust", "defaults").time_per_iteration
    assert every is not None
    assert every.value == pytest.approx(1 / 40)


def test_what_each_library_gained_since_2019_is_a_ratio_of_its_own() -> None:
    names = {"sklearn": 1.0, "linfa-py": 2.0, "sklearn-2019": 10.0, "linfa-py-2019": 3.0}
    kept = record([benchmark(n, s, group="as-published") for n, s in names.items()])
    found = {
        (c.numerator, c.denominator): c.ratio.value
        for c in summarise_training(training(), kept).comparisons
    }
    assert found == pytest.approx(
        {
            ("sklearn", "linfa-py"): 0.5,
            ("sklearn-2019", "sklearn"): 10.0,
            ("linfa-py-2019", "linfa-py"): 1.5,
            ("sklearn-2019", "linfa-py-2019"): 10 / 3,
        }
    )


def test_no_equality_is_claimed_of_defaults_or_without_scikit_learn() -> None:
    kept = record([benchmark("sklearn", 1.0, group="defaults"), benchmark("linfa-py", 1.0)])
    summary = summarise_training(training(), kept)
    assert row(summary, "sklearn", "defaults").equal is None
    assert row(summary, "linfa-py").equal is None


def test_the_slope_is_the_power_by_which_the_time_of_an_iteration_grows() -> None:
    sizes = (1000, 10_000, 100_000)
    kept = record(
        *(
            [
                benchmark("sklearn", noise * (n / 1000) ** 1.5, group="scaling-points", points=n)
                for n in sizes
            ]
            for noise in (0.9, 1.1)
        )
    )
    (found,) = summarise_training(training(), kept).slopes
    assert found.sizes == sizes
    assert found.slope.value == pytest.approx(1.5)
    assert found.slope.rounds == pytest.approx((1.5, 1.5))
    assert found.slope.low == pytest.approx(1.5)


def test_a_slope_of_two_sizes_has_no_interval_and_of_one_size_there_is_none() -> None:
    two = [
        benchmark("sklearn", seconds, group="scaling-points", points=n)
        for n, seconds in ((1000, 1.0), (10_000, 10.0))
    ]
    (found,) = summarise_training(training(), record(two)).slopes
    assert found.slope.value == pytest.approx(1.0)
    assert found.slope.low is None
    assert not summarise_training(training(), record(two[:1])).slopes


def test_times_that_scatter_about_the_line_widen_the_slopes_interval() -> None:
    def slope(middle: float) -> Estimate:
        times = ((1000, 1.0), (10_000, middle), (100_000, 100.0))
        kept = [
            benchmark("sklearn", seconds, group="scaling-points", points=n) for n, seconds in times
        ]
        return summarise_training(training(), record(kept)).slopes[0].slope

    straight, bent = slope(10.5), slope(20.0)
    assert bent.high - bent.low > straight.high - straight.low > 0
    assert straight.low < 1.0 < straight.high


def test_a_pass_that_failed_and_a_contender_that_was_skipped_are_left_out_with_the_reason() -> None:
    kept = record([benchmark("sklearn", 1.0)], [], planned=3, left_out=("training-2019: no image",))
    failed = dataclasses.replace(kept.passes[1], result=None, reason="out of memory")
    skipped = dataclasses.replace(
        kept.passes[0],
        result={**kept.passes[0].result, "skipped": {"faiss": "is not installed"}},
    )
    summary = summarise_training(training(), dataclasses.replace(kept, passes=(skipped, failed)))
    assert summary.left_out == (
        "training-2019: no image",
        "faiss: is not installed",
        "training, pass 2, threads 1: out of memory",
    )
    assert not summary.complete
    assert summary.passes == 1


def test_an_addition_is_marked_in_its_row() -> None:
    kept = record([benchmark("sklearn", 1.0), benchmark("faiss", 1.0, addition=True, note="x")])
    summary = summarise_training(training(), kept)
    assert row(summary, "faiss").addition
    notes = {r[1].text: r[-1].text for r in table.times(summary).rows}
    assert notes == {"sklearn": "", "faiss (addition)": "x"}
