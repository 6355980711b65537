"""A search for a capacity on a real server, within one turn and with short windows."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import clusterbench
from clusterbench.config import compose_file as compose
from clusterbench.local.build import build
from clusterbench.model.objective import in_milliseconds
from clusterbench.model.records import Outcome, TrialRecord
from clusterbench.store.analysis import analyse
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.alone]

SERVER = "rust-tonic"
LIMITS = (20, 200)
#: One turn of one server, with two objectives that it can meet here.
SHORT = f"""
[scenarios.short-capacity]
method = "Predict"
generator = "grpc-load"
connections = 8
sweep = {list(LIMITS)}
load = {{kind = "capacity", of = "predict-saturated", probe = 0.3}}

[profiles.short-capacity]
interference = {{repeats = 0}}
rounds = 1
plan = "one-core"
contenders = ["{SERVER}"]
scenarios = ["predict-saturated", "short-capacity"]
timing = {{dropped = 0.2, window = 0.5, margin = 0.1}}
warm_up = {{longest = 0.0}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Return the folder of a run that searched."""
    services = compose.servers(compose.read_services(ROOT / "compose.yaml"))
    made = build(services, ROOT, print, generators=("grpc-load", "h2load"))
    if SERVER not in made.commands or "grpc-load" not in made.programs:
        pytest.skip(f"no server or no load generator: {made.skipped}")
    here: Path = tmp_path_factory.mktemp("capacity")
    (here / "bench.toml").write_text((ROOT / "bench.toml").read_text() + SHORT)
    for part in ("compose.yaml", "claims.toml", "data"):
        (here / part).symlink_to(ROOT / part)
    words = ("run", "--runtime", "process", "--no-install", "--profile", "short-capacity")
    done = subprocess.run(
        [sys.executable, "-m", "clusterbench", *words],
        cwd=here,
        env={**os.environ, "COMPOSE_PROJECT_NAME": f"labtest-{os.getpid()}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return RunFolder.open(newest(here / "results"))


def searches(folder: RunFolder) -> list[TrialRecord]:
    """Return the trials that searched, in the order in which they ran, without repeats."""
    trials = [each for each in folder.records() if isinstance(each, TrialRecord)]
    return [e for e in trials if e.scenario == "short-capacity" and e.repeats is None]


def test_each_objective_has_a_capacity_that_held_in_a_full_window(folder: RunFolder) -> None:
    found = searches(folder)
    assert sorted(each.level for each in found) == sorted(LIMITS)
    for trial in found:
        assert trial.outcome is Outcome.OK
        assert trial.capacity is not None
        assert trial.capacity.objective == in_milliseconds("p99", trial.level)
        assert trial.capacity.rate > 0
        assert trial.rate == trial.capacity.rate
        held = [part for part in trial.parts if part.rate == trial.rate]
        assert held[-1].latency["p99"] <= trial.capacity.objective.limit
        assert held[-1].errors == 0


def test_a_search_tried_a_rate_just_above_its_capacity_and_it_did_not_hold(
    folder: RunFolder,
) -> None:
    for trial in searches(folder):
        assert trial.capacity is not None
        if trial.capacity.lower_bound:
            continue  # the load generator may have ended it, on a host this busy
        limit = trial.capacity.objective.limit
        above = [
            part
            for part in trial.parts
            if part.rate and trial.capacity.rate < part.rate <= trial.capacity.rate * 1.05 + 1
        ]
        assert any(part.errors or part.latency["p99"] > limit for part in above)


def test_the_requests_that_are_kept_were_due_at_the_capacitys_rate(folder: RunFolder) -> None:
    figures = analyse(folder).figures
    for trial in searches(folder):
        samples = folder.samples(trial.id)
        assert trial.rate is not None
        assert trial.rate * 0.8 < samples.start.size / samples.start.max() < trial.rate * 1.2
        assert trial.capacity is not None
        assert figures[trial.id].latency["p99"] <= trial.capacity.objective.limit


def test_the_summary_and_the_data_frames_have_the_capacities(folder: RunFolder) -> None:
    rates = {each.level: each.rate for each in searches(folder)}
    summary = analyse(folder).summary.capacities
    assert {each.objective.milliseconds for each in summary} == set(LIMITS)
    frame = clusterbench.open(folder.path).capacities
    assert sorted(frame["capacity_per_s"]) == sorted(rates.values())
