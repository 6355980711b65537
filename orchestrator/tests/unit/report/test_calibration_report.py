"""What a calibration says of a host, and how later runs quote it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterbench.model.calibration import Visible
from clusterbench.report.calibration_words import of_minutes, of_rounds
from clusterbench.report.captions import notices
from clusterbench.report.render.markdown import markdown
from clusterbench.report.tables.calibration_tables import share
from support import reported_runs, summaries

WHEN = "2030-01-01T10:00:00+00:00"
VISIBLE = tuple(
    Visible(contender=name, metric=metric, difference=share, rounds=rounds, minutes=minutes)
    for name, metric, share, rounds, minutes in (
        ("sklearn-grpc", "cpu", 0.2, 3, None),
        ("rust-tonic", "cpu", 0.123, 3, None),
        ("rust-tonic", "p99", 0.9, 3, None),
        ("rust-tonic", "cpu", 0.05, 10, None),
        ("rust-tonic", "cpu", 0.031, None, 2.0),
        ("rust-tonic", "cpu", 0.02, None, 5.0),
    )
)


@pytest.mark.parametrize("rounds", [3, 5, 9])
def test_a_run_quotes_the_differences_of_as_many_rounds_or_fewer(rounds: int) -> None:
    assert of_rounds(WHEN, VISIBLE, rounds) == (
        "By the calibration of 2030-01-01, 3 rounds see differences of 20.0% (sklearn-grpc) and "
        "12.3% (rust-tonic) in CPU time per request."
    )


def test_a_difference_that_takes_more_than_twice_as_much_is_not_told_in_digits() -> None:
    assert share(83.37) == "> 100%"
    assert share(0.0213) == "2.1%"
    assert share(None) == "n/a"


def test_nothing_is_quoted_of_fewer_rounds_or_less_time_than_was_calibrated() -> None:
    assert of_rounds(WHEN, VISIBLE, 2) is None
    assert of_minutes(WHEN, VISIBLE, 60.0) is None
    assert of_minutes(WHEN, (), 600.0) is None


def test_a_comparison_quotes_the_differences_of_as_much_time_or_less() -> None:
    said = of_minutes(WHEN, VISIBLE, 170.0)
    assert said is not None
    assert "2 min of compare see differences of 3.1% (rust-tonic)" in said


def test_the_report_of_a_run_quotes_the_calibration_of_its_host() -> None:
    run = reported_runs.run()
    found = replace(summaries.summary(run), calibrated=WHEN, visible=VISIBLE)
    assert "By the calibration of 2030-01-01, 3 rounds see" in markdown(run, found)
    assert "Calibration" in dict(notices(run, found))
    assert "Calibration" not in dict(notices(run, summaries.summary(run)))
