"""Latency objectives that are asked for by option: levels, percentile, and the run's question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from clusterbench.config.resolve import Overrides
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import DataSet
from clusterbench.model.objective import in_milliseconds, parse_objective
from support.small_files import bench

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.experiment import Experiment

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})


def experiment(tmp_path: Path, *slo: str) -> Experiment:
    asked = Overrides(profile="capacity", slo=slo or None)
    return bench(tmp_path).experiment(DATA, asked)


def test_without_any_the_levels_and_the_question_are_the_files(tmp_path: Path) -> None:
    made = experiment(tmp_path)
    assert made.scenarios["capacity"].sweep == (5, 50)
    assert made.question
    assert made.question.objective == in_milliseconds("p99", 50)


def test_objectives_are_levels_each_once_with_their_percentile(tmp_path: Path) -> None:
    made = experiment(tmp_path, "p95=20ms", "p95=7ms", "p95=20ms")
    assert made.scenarios["capacity"].sweep == (20, 7)
    assert made.scenarios["capacity"].load["percentile"] == "p95"
    assert made.scenarios["saturated"].sweep == (800,)


@pytest.mark.parametrize(
    ("slo", "objective"),
    [
        (("p99=20ms", "p99=50ms"), in_milliseconds("p99", 50)),
        (("p99=20ms", "p99=5ms"), in_milliseconds("p99", 20)),
        (("p50=50ms",), in_milliseconds("p50", 50)),
    ],
)
def test_the_question_is_at_an_objective_that_is_measured(
    tmp_path: Path, slo: tuple[str, ...], objective: object
) -> None:
    made = experiment(tmp_path, *slo)
    assert made.question
    assert (made.question.objective, made.question.rate) == (objective, 1000)


def test_objectives_of_several_percentiles_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--slo: p99=5ms and p50=2ms: .* one percentile"):
        experiment(tmp_path, "p99=5ms", "p50=2ms")


def test_a_run_that_is_resumed_keeps_its_objectives() -> None:
    before = Overrides(profile="capacity", slo=("p99=5ms", "p99=9ms")).given()
    kept = msgspec.json.decode(msgspec.json.encode(before))
    assert Overrides().after(kept).slo == ("p99=5ms", "p99=9ms")


@pytest.mark.parametrize(
    "text", ["p99=10ms", "p99<=10ms", "p99 <= 10 ms", " p99 \N{LESS-THAN OR EQUAL TO} 10 ms"]
)
def test_an_objective_is_read_as_people_and_reports_write_it(text: str) -> None:
    assert parse_objective(text) == in_milliseconds("p99", 10)
    assert parse_objective(text).written == "p99=10ms"


@pytest.mark.parametrize("text", ["", "p99", "p99=0ms", "p99=1.5ms", "p98=5ms", "p99=10", "p99=1s"])
def test_what_is_no_objective_is_told_with_what_is(text: str) -> None:
    with pytest.raises(ConfigError, match="as in p99=10ms"):
        parse_objective(text)
