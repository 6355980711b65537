"""How long the shipped profiles take, on one server core and on several, as their plans say."""

from __future__ import annotations

import re

import pytest

from clusterbench.config import bench_file
from clusterbench.config.compose_file import read_services
from clusterbench.config.resolve import BenchFile, Overrides
from clusterbench.model.experiment import DataSet, Experiment
from clusterbench.plan import per_core
from clusterbench.plan.schedule import duration, schedule
from support.factories import cpu_plan
from support.repository import ROOT

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})
ONE, SEVERAL = 1, 4
"""Cores that a CPU plan gives the server."""


@pytest.fixture(scope="module")
def bench() -> BenchFile:
    return bench_file.read(ROOT / "bench.toml", read_services(ROOT / "compose.yaml"))


def experiment(bench: BenchFile, profile: str, cores: int) -> Experiment:
    made = bench.experiment(DATA, Overrides(profile=profile))
    return per_core.resolve(made, cpu_plan(server_capacity=cores)).experiment


def minutes(bench: BenchFile, profile: str, cores: int) -> float:
    made = experiment(bench, profile, cores)
    return duration(made, schedule(made)).wall / 60


@pytest.mark.parametrize("cores", [ONE, SEVERAL])
def test_the_standard_profile_takes_less_than_15_minutes(bench: BenchFile, cores: int) -> None:
    assert minutes(bench, "standard", cores) < 15


@pytest.mark.parametrize("profile", ["standard", "capacity"])
def test_a_description_says_how_long_it_takes(bench: BenchFile, profile: str) -> None:
    told = bench.profiles[profile].description
    found = re.search(r"about (\d+) minutes, (\d+) where the server has several cores", told)
    assert found
    planned = [round(minutes(bench, profile, cores)) for cores in (ONE, SEVERAL)]
    assert [int(number) for number in found.groups()] == planned


def test_on_several_cores_the_published_sweep_is_of_one_process_and_rates_are_of_all_cores(
    bench: BenchFile,
) -> None:
    scenarios = experiment(bench, "standard", SEVERAL).scenarios
    assert scenarios["predict"].contenders == ("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
    for name in ("predict-at-rate", "predict-capacity-10ms"):
        assert set(scenarios[name].contenders) == {
            "sklearn-grpc-per-core", "linfa-py-grpc-per-core", "rust-tonic",
        }  # fmt: skip


def test_the_standard_profile_measures_the_objective_of_the_question(bench: BenchFile) -> None:
    made = experiment(bench, "standard", ONE)
    assert made.question
    searched = made.scenarios["predict-capacity-10ms"]
    assert made.question.objective.milliseconds in searched.sweep
    assert made.question.objective.percentile == searched.load["percentile"]
