"""Mistakes in scenarios whose rates are made from another one, and in the question of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.config.resolve import Overrides
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import DataSet
from clusterbench.model.objective import in_milliseconds
from support.small_files import SMALL, bench

if TYPE_CHECKING:
    from pathlib import Path

LOAD = 'load = {kind = "capacity", of = "saturated"}'
QUESTION = 'objective = "p99=50ms"'
DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})


def complaint(folder: Path, *changes: tuple[str, str]) -> str:
    with pytest.raises(ConfigError) as raised:
        bench(folder, *changes)
    return str(raised.value)


def line_of(text: str) -> int:
    """Return the number of the line of the small bench.toml that begins with a text."""
    lines = (SMALL / "bench.toml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(text))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (LOAD, LOAD.replace("saturated", "saturatd"), "is 'saturatd'; did you mean 'saturated'"),
        (LOAD, LOAD.replace("saturated", "sweep"), "is 'sweep', which does not saturate servers"),
        (LOAD, LOAD.replace("saturated", "open"), "is 'open', which does not saturate servers"),
        ("sweep = [800]", "sweep = [80, 800]", "a closed loop and one level"),
        (
            '[scenarios.saturated]\nmethod = "Predict"',
            '[scenarios.saturated]\nmethod = "PredictBatch"',
            "is 'saturated', which calls PredictBatch",
        ),
    ],
)
def test_rates_are_made_from_one_level_that_saturates_by_the_same_method(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    said = complaint(tmp_path, (old, new))
    assert f":{line_of(LOAD)}: `scenarios.capacity.load.of` is" in said
    assert what in said


def test_a_kind_that_makes_rates_says_of_what(tmp_path: Path) -> None:
    said = complaint(tmp_path, (LOAD, 'load = {kind = "share-of-saturated"}'))
    assert "`scenarios.capacity.load.of` is missing" in said


def test_a_profile_has_what_its_rates_are_made_from(tmp_path: Path) -> None:
    both = 'scenarios = ["saturated", "capacity"]'
    said = complaint(tmp_path, (both, 'scenarios = ["capacity"]'))
    assert f":{line_of(both)}: `profiles.capacity.scenarios` holds 'capacity'" in said
    assert "whose rates are made from 'saturated': add that one too" in said


@pytest.mark.parametrize(
    ("old", "new", "key", "what"),
    [
        (QUESTION, 'objective = "p98=10ms"', "objective", "'p98=10ms'"),
        (QUESTION, 'objective = "p99=10s"', "objective", "as in p99=10ms"),
        (QUESTION, 'objective = "p99=0ms"', "objective", "'p99=0ms'"),
        (QUESTION, "objective = 10", "objective", "is no text; it takes one like 'p99=10ms'"),
        ("headroom = 0.3", "headroom = 1.5", "headroom", "1.5"),
        ("rate = 1000", "rate = 0", "rate", "0"),
    ],
)
def test_a_question_that_cannot_be_asked_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, key: str, what: str
) -> None:
    said = complaint(tmp_path, (old, new))
    assert f":{line_of(old)}: `question.{key}`" in said
    assert what in said


@pytest.mark.parametrize("profile", ["capacity", None])
def test_a_run_of_servers_has_its_question_whether_or_not_it_searches_for_capacities(
    profile: str | None, tmp_path: Path
) -> None:
    asked = bench(tmp_path).experiment(DATA, Overrides(profile=profile)).question
    assert asked is not None
    assert asked.objective == in_milliseconds("p99", 50)
    assert (asked.rate, asked.headroom) == (1000.0, 0.3)
