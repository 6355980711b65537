"""A run over sizes on real servers, as local processes: one tiny size, from plan to report."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from clusterbench.config import compose_file as compose
from clusterbench.local.build import build
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.model.summary import Summary
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

#: One size in place of all, and requests that are within the bounds of every server: 1 MB each.
SHORT = """
[profiles.short]
interference = {{repeats = 0}}
rounds = 1
plan = "one-core"
contenders = [{names}]
scenarios = ["rows-1", "rows-10", "rows-1000"]
timing = {{dropped = 0.3, window = 0.6, margin = 0.1}}
warm_up = {{longest = 0.0}}

[profiles.short.sizes]
features = [128]
clusters = [10]
native = "{last}"
python = "{first}"
rival = "{first}"
"""
SIZE = "f128-c10"


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Return the profile's contenders that can run here."""
    services = compose.servers(compose.read_services(ROOT / "compose.yaml"))
    made = build(services, ROOT, print, generators=("grpc-load",))
    wanted = [name for name in ("sklearn-grpc", "rust-tonic") if name in made.commands]
    if not wanted or "grpc-load" not in made.programs:
        pytest.skip(f"no server or no load generator: {made.skipped}")
    return wanted


@pytest.fixture
def here(tmp_path: Path, names: list[str]) -> Path:
    listed = ", ".join(f'"{name}"' for name in names)
    short = SHORT.format(names=listed, first=names[0], last=names[-1])
    (tmp_path / "bench.toml").write_text((ROOT / "bench.toml").read_text() + short)
    for part in ("compose.yaml", "claims.toml", "data"):
        (tmp_path / part).symlink_to(ROOT / part)
    return tmp_path


def run(here: Path, *words: str) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "clusterbench",
            "run",
            "--runtime",
            "process",
            "--no-install",
            *words,
        ],
        cwd=here,
        env={**os.environ, "COMPOSE_PROJECT_NAME": f"labtest-{os.getpid()}"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_tiny_size_is_measured_checked_reported_and_resumed(here: Path, names: list[str]) -> None:
    said = run(here, "--profile", "short")
    folder = RunFolder.open(newest(here / "results"))
    records = folder.records()
    trials = [each for each in records if isinstance(each, TrialRecord)]
    assert len(trials) == 3 * len(names)
    assert {trial.outcome for trial in trials} == {Outcome.OK}
    assert all(trial.responses_checked for trial in trials)
    for turn in (each for each in records if isinstance(each, TurnRecord)):
        # All that can be sent: 100 requests of Predict, 100 batches of 10, and 2 of 1,000.
        assert turn.parity is not None
        assert turn.parity.observations == 100 + 100 * 10 + 2 * 1000
        assert (turn.startup["model"]["n_clusters"], turn.startup["model"]["n_features"]) == (
            10,
            128,
        )
    assert f"{SIZE} model.json" in folder.run.experiment.data.digest

    written = folder.path / "summary.json"
    summary = msgspec.json.decode(written.read_bytes(), type=Summary)
    assert {row.contender for row in summary.sizes} == set(names)
    assert {row.rows for row in summary.sizes} == {1, 10, 1000}
    for row in summary.sizes:
        assert row.per_core is not None
        assert row.per_core.value > 0
    assert "overtake" in said
    assert 'id="plot-sizes"' in (folder.path / "report.html").read_text()
    again = run(here, "--resume")
    assert f"({len(trials)} done before)" in again
