"""One worker a core, measured on a real server of several processes: who did what in a run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import msgspec
import pytest

from clusterbench.host.sysfs import read_topology
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.plan.cpu_plan import plan
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from clusterbench.store.schemas import schemas
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.process

SERVER = Path(__file__).with_name("somebody_elses_server.py")
CONTENDERS = f"""
[contenders.mine]
command = ["{sys.executable}", "{SERVER}"]

[contenders.mine-per-core]
command = ["{sys.executable}", "{SERVER}"]
workers = "per-core"

[profiles.quick]
"""
BOTH = ["--contender", "mine", "--contender", "mine-per-core"]
QUICK = ["--window", "0.5", "--warm-up", "0", "--rounds", "2", "--repeats", "0"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder like the repository's root, with two contenders more."""
    for name in ("compose.yaml", "claims.toml", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "results").mkdir()
    bench = (ROOT / "bench.toml").read_text()
    (tmp_path / "bench.toml").write_text(bench.replace("\n[profiles.quick]\n", CONTENDERS, 1))
    return tmp_path


def lab(folder: Path, words: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "clusterbench", *words, *BOTH],
        cwd=folder,
        env={**os.environ, "COMPOSE_PROJECT_NAME": f"labtest-{folder.name}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_run_shows_how_requests_were_spread_over_the_workers(folder: Path) -> None:
    workers = plan("unpinned", read_topology()).server_capacity
    if workers < 2:
        pytest.skip("this host has one core: nothing runs one worker per core")
    connections = 16 * workers
    options = [
        "--runtime",
        "process",
        "--no-install",
        "--plan",
        "unpinned",
        "--levels",
        str(connections),
        *QUICK,
    ]
    code, output = lab(folder, ["run", *options])
    assert code == 0, output
    assert f"{connections} connections in place of 8" in output
    run = RunFolder.open(newest(folder / "results"))
    trials = [r for r in run.records() if isinstance(r, TrialRecord)]
    assert {t.outcome for t in trials} == {Outcome.OK}
    assert {t.connections for t in trials} == {connections}
    for turn in (r for r in run.records() if isinstance(r, TurnRecord)):
        assert len(turn.workers) == (workers if turn.contender == "mine-per-core" else 1)
        mine = [t for t in trials if (t.contender, t.round) == (turn.contender, turn.round)]
        measured = sum(t.summary_counts["OK"] for t in mine)
        assert sum(worker.requests for worker in turn.workers) >= measured
        assert all(worker.requests > 0 and worker.cpu_seconds > 0 for worker in turn.workers)
        log = run.path / "logs" / f"r{turn.round}-{turn.contender}.log"
        assert '"event": "stopped"' in log.read_text()
    summary = msgspec.json.decode((run.path / "summary.json").read_bytes())
    jsonschema.validate(summary, msgspec.json.decode(schemas()["summary.schema.json"]))
    alone, several = summary["contenders"]
    assert alone["worker_shares"] == []
    assert sum(share["value"] for share in several["worker_shares"]) == pytest.approx(1.0)
    assert 1.0 <= several["unevenness"]["value"] <= workers
    assert {(c["numerator"], c["denominator"], c["pairing"]) for c in summary["comparisons"]} == {
        ("mine-per-core", "mine", "gain")
    }
    assert "Spread of requests over workers" in (run.path / "report.md").read_text()


def test_on_one_core_it_is_refused_by_name_in_one_message(folder: Path) -> None:
    code, output = lab(folder, ["plan", "--plan", "one-core"])
    assert code == 2
    assert "--contender mine-per-core: " in output
    assert "Traceback" not in output
