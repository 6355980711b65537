"""claims.toml: read into claims that cannot be wrong, and the command that judges runs by it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from factories import run_record
from test_config import SERVICES

from clusterbench.cli import judge as verdicts
from clusterbench.config import bench_file as benchfile
from clusterbench.config.claims_file import read
from clusterbench.errors import ConfigError, RunRefused
from clusterbench.model.claims import InForce, Subject
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "data" / "published" / "summaries.csv"


def scenarios() -> Mapping[str, Scenario]:
    found = benchfile.read(ROOT / "bench.toml", SERVICES).scenarios
    return {name: scenario for name, (scenario, _) in found.items()}


def in_force(tmp_path: Path, *changes: tuple[str, str]) -> InForce:
    text = (ROOT / "claims.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "claims.toml"
    file.write_text(text)
    return read(file, PUBLISHED, scenarios())


def test_every_published_claim_is_a_row_and_every_percentile_its_own(tmp_path: Path) -> None:
    ids = [claim.id for claim in in_force(tmp_path).claims]
    latency = [f"lat-{pair}-{p}" for pair in ("lp-sk", "rs-sk", "rs-lp") for p in (50, 95, 99)]
    expected = [f"{name[:-2]}p{name[-2:]}" for name in latency]
    assert ids == ["train", "thr-rs-sk", "thr-rs-lp", "thr-lp-sk", *expected, "err-lp", "err-rs"]


def test_claims_have_the_published_factors(tmp_path: Path) -> None:
    times = {claim.id: claim.times for claim in in_force(tmp_path).claims}
    assert times["train"] == 11.0
    assert (times["thr-rs-sk"], times["thr-rs-lp"], times["thr-lp-sk"]) == (25.0, 7.0, 3.5)
    assert (times["lat-lp-sk-p99"], times["lat-rs-sk-p50"], times["lat-rs-lp-p95"]) == (3.5, 26, 7)
    assert times["err-lp"] is times["err-rs"] is None


def test_claims_of_throughput_and_latency_are_about_64_to_1024_callers(tmp_path: Path) -> None:
    for claim in in_force(tmp_path).claims:
        if claim.subject in {Subject.THROUGHPUT, Subject.LATENCY}:
            assert claim.levels == (64, 128, 256, 512, 1024)


def test_the_published_summaries_and_their_host_are_in_force_with_the_claims(
    tmp_path: Path,
) -> None:
    found = in_force(tmp_path)
    assert (len(found.published), found.host) == (36, "Ryzen 7 1700")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("times = 25.0", "tims = 25.0", r":\d+: `claims.thr-rs-sk.tims` .*did you mean 'times'"),
        ("times = 25.0\n", "", r"`claims.thr-rs-sk.times` is missing"),
        ("times = 25.0", "times = 1.0", r"`claims.thr-rs-sk.times` is 1; .*above 1"),
        ("times = 25.0", 'times = "25x"', r"`claims.thr-rs-sk.times` is '25x'; .*a number"),
        (
            'subject = "throughput"',
            'subject = "thruput"',
            r"thr-rs-sk.subject` .*allowed: throughput, latency, errors, training",
        ),
        ('better = "rust-tonic"', 'better = "rust-tonik"', r"better` .*did you mean 'rust-tonic'"),
        ('than = ["sklearn-grpc"]', 'than = ["rust-tonic"]', r"than` .*better than itself"),
        ('than = ["sklearn-grpc"]', "than = []", r"thr-rs-sk.than` is \[\]"),
        (
            'percentiles = ["p50", "p95", "p99"]',
            'percentiles = ["p51"]',
            r"lat-lp-sk.percentiles` names 'p51'; .*p50",
        ),
        ('percentiles = ["p50", "p95", "p99"]\n', "", r"lat-lp-sk.percentiles` is missing"),
        (
            "times = 25.0",
            'times = 25.0\npercentiles = ["p50"]',
            r"thr-rs-sk.percentiles` is for claims about latency alone",
        ),
        (
            'published = "lower"',
            'published = "lower"\ntimes = 2.0',
            r"err-lp.times` is not for errors",
        ),
        ("tolerance = 0.25", "tolerance = 1.5", r"defaults.tolerance` is 1.5; .*between 0 and 1"),
        ("minimum_levels = 2", "minimum_levels = 0", r"defaults.minimum_levels` is 0; .*from 1"),
        ("levels = [64,", "levels = [64, 64,", r"defaults.levels` is .*twice"),
        (
            'sweep = ["predict-full"',
            'sweep = ["predict-ful"',
            r"defaults.sources.sweep` names 'predict-ful'; did you mean 'predict-full'",
        ),
        (
            'as_published = ["predict-as-published",',
            'as_published = ["predict",',
            r"defaults.sources.as_published` names 'predict'; .*allowed: predict-as-published",
        ),
        (
            'saturated = ["predict-saturated"]',
            'saturated = ["predict"]',
            r"defaults.sources.saturated` names 'predict'",
        ),
        ("[claims.train]", "[claim.train]", r"`claim` is not a key here; did you mean 'claims'"),
    ],
)
def test_a_mistake_names_file_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=rf"claims\.toml.*{complaint}"):
        in_force(tmp_path, (old, new))


# ------------------------------------------------------------------------- several runs at once


def record(name: str = "one", **changes: Any) -> Any:
    base = run_record(id=name)
    print_ = dataclasses.replace(base.fingerprint, **changes.pop("fingerprint", {}))
    return dataclasses.replace(base, fingerprint=print_, **changes)


def test_runs_of_different_hosts_are_refused_with_what_differs() -> None:
    other = record("two", fingerprint={"host": {"cpu": "Made-up 2", "kernel": "6.1"}})
    with pytest.raises(RunRefused, match=r"one and two .*cpu: Made-up 1 and Made-up 2"):
        verdicts.check_hosts([record(), other])
    verdicts.check_hosts([record(), record("two")])


def test_runs_of_one_host_that_differ_otherwise_are_flagged() -> None:
    assert verdicts.differences([record(), record("two")]) == []
    (said,) = verdicts.differences([record(), record("two", runtime="docker")])
    assert said == "one ran as process, two as docker"


def test_runs_that_share_a_server_of_another_build_are_flagged_and_others_are_not() -> None:
    def of(name: str, **fingerprint: Any) -> RunRecord:
        return record(name, fingerprint=fingerprint)

    one = of("one", software={"a": {"numpy": "1"}}, images={"a": "sha256:1"})
    for changed in (
        of("two", software={"a": {"numpy": "2"}}, images={"a": "sha256:1"}),
        of("two", software={"a": {"numpy": "1"}}, images={"a": "sha256:2"}),
    ):
        assert verdicts.differences([one, changed]) == ["one and two ran other builds of a"]
    more = of(
        "two",
        software={"a": {"numpy": "1"}, "b": {"numpy": "3"}},
        images={"a": "sha256:1", "b": "sha256:3"},
    )
    assert verdicts.differences([one, more]) == []
    assert verdicts.differences([one, of("two", software={}, images={})]) == []


def test_the_claims_of_the_first_run_that_kept_any_are_in_force(tmp_path: Path) -> None:
    kept = in_force(tmp_path)
    assert verdicts.in_force([record(), record("two", claims=kept)]) == kept
    with pytest.raises(ConfigError, match="one: no claims were in force"):
        verdicts.in_force([record()])


def test_claims_in_force_stay_in_the_run_folder(tmp_path: Path) -> None:
    kept = in_force(tmp_path)
    folder = RunFolder.create(tmp_path / "results", run_record(claims=kept))
    assert RunFolder.open(folder.path).run.claims == kept
