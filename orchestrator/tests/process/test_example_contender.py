"""The example of docs/add-a-contender.md, in a folder of its own: verified, and measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clusterbench.config import compose_file as compose
from clusterbench.local.build import build
from clusterbench.model.records import Outcome, TrialRecord
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.process

EXAMPLE = ROOT / "docs" / "examples" / "aio-contender"
PROTO = "centroids.proto"
#: As the page has it, but short.
QUICK = [
    *("--profile", "aio", "--rounds", "1", "--window", "0.5"),
    *("--warm-up", "2", "--repeats", "0"),
]


def files(root: Path) -> Mapping[str, bytes]:
    """Return the files that a run reads in the repository."""
    names = ("bench.toml", "compose.yaml", "claims.toml", "data/model.json")
    return {name: (root / name).read_bytes() for name in names}


def lab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clusterbench", *words],
        cwd=ROOT,
        env={**os.environ, "COMPOSE_PROJECT_NAME": f"labtest-example-{os.getpid()}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Make the example's folder, as its README says, but with this environment's packages."""
    folder = tmp_path / "mine"
    shutil.copytree(EXAMPLE, folder)
    shutil.copy(ROOT / "protos" / PROTO, folder)
    stubs = ["-m", "grpc_tools.protoc", "-I.", "--python_out=.", "--grpc_python_out=.", PROTO]
    subprocess.run([sys.executable, *stubs], cwd=folder, check=True)
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder


def test_the_example_keeps_the_contract(example: Path) -> None:
    own = ["--bench", str(example / "bench.toml"), "--runtime", "process"]
    done = lab("verify", "aio", *own, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    points = json.loads(done.stdout)["points"]
    assert {each["point"]: each["state"] for each in points if each["state"] != "ok"} == {}


def test_the_example_is_measured_beside_the_labs_without_a_change_of_it(
    example: Path, tmp_path: Path
) -> None:
    services = compose.read_services(ROOT / "compose.yaml")
    tonic = {"rust-tonic": services["rust-tonic"]}
    built = build(tonic, ROOT, print, generators=("grpc-load",))
    if "rust-tonic" not in built.commands or "grpc-load" not in built.programs:
        pytest.skip(f"nothing to compare with: {built.skipped}")
    before = files(ROOT)
    names = ["--contender", "aio", "--contender", "rust-tonic"]
    own = ["--bench", str(example / "bench.toml"), "--runtime", "process", "--no-install"]
    results = tmp_path / "results"
    done = lab("run", *own, *QUICK, *names, "--results", str(results))
    assert done.returncode == 0, done.stdout + done.stderr
    run = RunFolder.open(newest(results))
    trials = [each for each in run.records() if isinstance(each, TrialRecord)]
    assert {each.contender for each in trials} == {"aio", "rust-tonic"}
    assert {each.outcome for each in trials} == {Outcome.OK}
    assert run.run.experiment.contenders["aio"].folder == str(example)
    assert run.run.asked["bench"] == str(example / "bench.toml")
    assert "NumPy on grpc.aio" in (run.path / "report.md").read_text()
    assert files(ROOT) == before
