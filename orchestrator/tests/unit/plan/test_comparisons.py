from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from clusterbench.config.resolve import BenchFile, Overrides
from clusterbench.errors import ConfigError, RunRefused
from clusterbench.model.contender import Alternative, Contender
from clusterbench.model.cpus import CpuPlan, CpuSet
from clusterbench.model.experiment import DataSet
from clusterbench.plan.comparisons import chosen, is_comparison, left, why_left_out
from support import factories, small_files

if TYPE_CHECKING:
    from pathlib import Path

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})


@pytest.fixture
def bench(tmp_path: Path) -> BenchFile:
    return small_files.bench(tmp_path)


def test_every_comparison_runs_where_none_is_named(bench: BenchFile) -> None:
    profiles = chosen(bench.profiles, [])
    assert profiles == ("alternatives-fast", "alternatives-fast-cores", "alternatives-slow")
    assert chosen(bench.profiles, ["fast", "alternatives-fast"]) == ("alternatives-fast",)


def test_a_comparison_that_there_is_not_is_named_with_those_that_there_are(
    bench: BenchFile,
) -> None:
    with pytest.raises(ConfigError, match=r"fasst: did you mean 'fast'.*overload"):
        chosen(bench.profiles, ["fasst"])


def test_resuming_goes_on_with_the_comparisons_after_the_one_that_was_cut_short() -> None:
    assert left(("a", "b", "c"), "b") == ("b", "c")
    assert left(("a", "b"), None) == ("a", "b")
    with pytest.raises(RunRefused, match="newest run is of profile standard"):
        left(("a", "b"), "standard")


@pytest.mark.parametrize(("profile", "compared"), [("full", False), ("alternatives-x", True)])
def test_only_a_profile_of_that_name_with_an_alternative_is_a_comparison(
    profile: str, *, compared: bool
) -> None:
    kept = Contender(name="kept", service="s")
    noop = dataclasses.replace(
        kept, name="noop", alternative=Alternative(of="kept", about="no-op handler", goal=None)
    )
    experiment = factories.experiment(
        profile=profile, contenders={"kept": kept, "noop": noop}, scenarios={}
    )
    assert is_comparison(experiment) is compared


def plan(*server: int) -> CpuPlan:
    return CpuPlan(
        name="two-core", server=CpuSet(server), generator=CpuSet((9,)),
        server_capacity=len(server), generator_capacity=1, asked="two cores",
    )  # fmt: skip


def test_two_cores_against_one_are_left_out_where_there_are_no_two(bench: BenchFile) -> None:
    experiment = bench.experiment(DATA, Overrides(profile="alternatives-fast-cores"))
    assert "two cores" in str(why_left_out(experiment, plan(0)))
    assert why_left_out(experiment, plan(0, 1)) is None
    saturated = bench.experiment(DATA, Overrides(profile="alternatives-fast"))
    assert why_left_out(saturated, plan(0)) is None


def test_a_contender_with_fewer_cores_gets_the_first_of_the_servers() -> None:
    one = Contender(name="one", service="s", cores=1)
    assert (one.cpus(plan(2, 3)), one.capacity(plan(2, 3))) == (CpuSet((2,)), 1)
    every = Contender(name="all", service="s")
    assert (every.cpus(plan(2, 3)), every.capacity(plan(2, 3))) == (CpuSet((2, 3)), 2)
