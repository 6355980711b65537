"""What is measured as published: asked for, scheduled, run, and read as ghz's own figures."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.config.claims_file import read_published
from clusterbench.config.data_folder import read_data, with_model
from clusterbench.config.generate_data import blobs
from clusterbench.errors import ConfigError, GeneratorFailed
from clusterbench.measure.published import published_figures, published_sweep
from clusterbench.model.data import MODEL
from clusterbench.model.experiment import (
    Contender,
    Scenario,
)
from clusterbench.model.records import Outcome
from clusterbench.plan.schedule import duration, schedule, warmed
from support.data_folders import write
from support.factories import experiment

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.experiment import Experiment
    from support.lab import Lab

ROOT = Path(__file__).parents[3]
SUMMARIES = ROOT / "data" / "published" / "summaries.csv"
FIXTURE = Path(__file__).parent / "load" / "fixtures" / "errors.ghz.json"


def with_published(**changes: Any) -> Experiment:
    """The made-up experiment, with a sweep measured as published in the first round."""
    made = experiment(**changes)
    then = dataclasses.replace(
        made.scenarios["predict"],
        name="then",
        connections=1,
        sweep=(2, 64, 128, 4),
        load={"kind": "as-published", "duration": 0.08},
        reference=False,
        rounds=1,
    )
    return dataclasses.replace(made, scenarios={**made.scenarios, "then": then})


# ------------------------------------------------------------------------- the published data


def test_there_are_36_published_summaries_of_three_servers_at_twelve_levels() -> None:
    found = read_published(SUMMARIES)
    assert len(found) == len({(s.contender, s.concurrency) for s in found}) == 36
    assert {s.concurrency for s in found} == {2**n for n in range(1, 13)}


def test_published_errors_never_exceed_the_concurrency() -> None:
    for summary in read_published(SUMMARIES):
        assert 0 < summary.not_ok <= summary.concurrency
        assert summary.ok + summary.not_ok == summary.count


def test_published_throughput_counts_errors() -> None:
    for summary in read_published(SUMMARIES):
        assert summary.rps == pytest.approx(summary.count / summary.total_s, rel=1e-4)


def test_a_published_sweep_is_one_servers_in_ascending_order() -> None:
    found = published_sweep("rust-tonic", read_published(SUMMARIES))
    assert [s.concurrency for s in found] == [2**n for n in range(1, 13)]
    assert published_sweep("somebody", read_published(SUMMARIES)) == ()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("sklearn-grpc,two,1,1,0,1,1,1,1,1,1", r"summaries\.csv:2: not a published summary"),
        ("sklearn-grpc,2,1,1", r"summaries\.csv:2: not a published summary"),
    ],
)
def test_a_broken_line_of_the_published_figures_is_named(
    tmp_path: Path, line: str, complaint: str
) -> None:
    file = tmp_path / "summaries.csv"
    file.write_text(f"{SUMMARIES.read_text().splitlines()[0]}\n{line}\n")
    with pytest.raises(ConfigError, match=complaint):
        read_published(file)


def test_missing_published_figures_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.csv: cannot be read"):
        read_published(tmp_path / "none.csv")


def test_a_contender_stands_for_itself_or_for_what_it_says() -> None:
    plain = Contender(name="rust-tonic", service="rust-tonic")
    assert plain.published_name == "rust-tonic"
    of_2019 = Contender(name="tonic-of-then", published="rust-tonic", edition="2019")
    assert of_2019.published_name == "rust-tonic"


# --------------------------------------------------------------------------- scikit-learn's model


def test_the_published_scikit_learn_model_is_made_again_byte_for_byte() -> None:
    assert (ROOT / "data/published/sklearn-model.json").read_bytes() == blobs(points=100, seed=1)


def test_a_model_of_blobs_has_a_centroid_for_each_point_about_as_many_to_each_blob() -> None:
    model = json.loads(blobs(points=300, seed=3))
    assert (model["n_clusters"], model["n_features"]) == (300, 2)
    blob = [row for number, row in enumerate(model["centroids"]) if number % 3 == 0]
    for axis in (0, 1):
        values = [row[axis] for row in blob]
        assert max(values) - min(values) < 10


def test_a_model_of_no_point_is_refused() -> None:
    with pytest.raises(ConfigError, match="--points 0: it takes"):
        blobs(points=0, seed=1)


def test_a_contenders_own_model_takes_the_same_requests(tmp_path: Path) -> None:
    data = read_data(write(tmp_path / "data"))
    (tmp_path / "own.json").write_bytes(blobs(points=7, seed=1))
    own = with_model(data, tmp_path / "own.json")
    assert own.centroids.shape == (7, 2)
    assert own.observations_json == data.observations_json
    assert own.describe().digest[MODEL] != data.describe().digest[MODEL]


def test_a_model_of_another_width_than_the_requests_is_refused_with_both(tmp_path: Path) -> None:
    data = read_data(write(tmp_path / "data", features=3))
    (tmp_path / "own.json").write_bytes(blobs(points=7, seed=1))
    with pytest.raises(ConfigError, match=r"own\.json: takes 2 features, and .* has 3"):
        with_model(data, tmp_path / "own.json")


# ------------------------------------------------------------------------------------ schedule


def test_what_is_measured_as_published_comes_first_and_in_its_sweeps_order() -> None:
    for turn in schedule(with_published())[:2]:
        scenarios = [trial.cell.scenario for trial in turn.trials]
        assert scenarios == ["then"] * 4 + ["predict"] * 2 + ["saturated"]
        assert [trial.cell.level for trial in turn.trials[:4]] == [2, 64, 128, 4]


def test_what_is_measured_as_published_once_is_in_the_first_round_alone() -> None:
    of = with_published(rounds=3)
    rounds = {t.round for turn in schedule(of) for t in turn.trials if t.cell.scenario == "then"}
    assert rounds == {1}


def test_a_contender_without_trials_in_a_round_has_no_turn_there() -> None:
    of = with_published(rounds=3)
    scenarios: dict[str, Scenario] = {"then": of.scenarios["then"]}
    assert len(schedule(dataclasses.replace(of, scenarios=scenarios))) == 2


def test_the_estimate_counts_trials_as_published_at_their_own_length() -> None:
    of, plain = with_published(), experiment()
    longer = duration(of, schedule(of)).load - duration(plain, schedule(plain)).load
    assert longer == pytest.approx(2 * 4 * 0.08)


def test_a_turn_that_measures_as_published_alone_is_never_warmed() -> None:
    of = with_published(rounds=1)
    alone = dataclasses.replace(of, scenarios={"then": of.scenarios["then"]})
    (first, _) = schedule(alone)
    assert warmed(alone, first) is None
    assert duration(alone, [first]).load == pytest.approx(4 * 0.08)


# -------------------------------------------------------------------------------------- running


def published_lab(lab: Callable[..., Lab]) -> Lab:
    made = lab(scenarios=with_published().scenarios)
    summary = json.loads(FIXTURE.read_text())
    summary.pop("details")
    for driver in made.drivers.values():
        read = driver.read
        driver.read = lambda *a, read=read: dataclasses.replace(  # type: ignore[method-assign]
            read(*a), summary=summary
        )
    return made


def test_the_server_is_cold_as_published_and_warmed_up_after_it(
    lab: Callable[..., Lab],
) -> None:
    made = published_lab(lab)
    assert made.run() == 0
    log = made.world.log
    begin = log.index("start rust-tonic")
    tags = log[begin + 1 : begin + 5]
    assert tags == [f"r1-rust-tonic-then-{level}" for level in (2, 64, 128, 4)]
    assert log[begin + 5] == "warm-up-1"


def test_a_load_as_published_asks_for_the_defaults_of_then_and_lasts_its_own_time(
    lab: Callable[..., Lab],
) -> None:
    made = published_lab(lab)
    made.run()
    loads = made.drivers["ghz"].loads
    then = [load for load in loads if load.generator_defaults]
    assert {(load.duration, load.connections) for load in then} == {(0.08, 1)}
    assert len(then) == 8
    assert all(t.outcome is Outcome.OK for t in made.trials)


# --------------------------------------------------------------------------------- ghz's figures


def test_ghzs_own_figures_count_errors_in_throughput_and_have_no_p999() -> None:
    summary = json.loads(FIXTURE.read_text())
    found = published_figures(summary, {"OK": 65, "RESOURCE_EXHAUSTED": 26})
    assert found.throughput == pytest.approx(summary["rps"])
    assert (found.responses, found.errors) == (65, {"RESOURCE_EXHAUSTED": 26})
    assert found.error_rate == pytest.approx(26 / 91)
    assert set(found.latency) == {"mean", "p50", "p95", "p99"}
    assert found.latency["p50"] == pytest.approx(1.737432e-3)
    assert found.latency["mean"] == pytest.approx(2.492949e-3)


def test_a_ghz_summary_without_its_figures_is_refused() -> None:
    with pytest.raises(GeneratorFailed, match=r"lacks a figure: .*rps"):
        published_figures({"count": 3, "average": 2}, {"OK": 3})


def test_ghz_without_one_right_answer_has_no_latencies() -> None:
    summary = {"count": 2, "average": 5.0, "rps": 1.0, "latencyDistribution": None}
    found = published_figures(summary, {"UNAVAILABLE": 2})
    assert (dict(found.latency), found.error_rate) == ({}, 1.0)
