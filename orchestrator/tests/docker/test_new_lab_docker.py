"""A lab that `init` wrote, run by the installed command with an engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.config.compose_file import read_services
from clusterbench.local.new_lab import Images, write_lab
from clusterbench.own_program import PROGRAM
from clusterbench.runtime.docker import images
from clusterbench.store.newest_run import newest
from support.repository import IMPORTED_FROM, ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.docker

QUICK = (
    *("--profile", "quick", "--levels", "8", "--window", "0.5"),
    *("--warm-up", "0", "--repeats", "0"),
)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Return a lab whose images are those that the repository builds."""
    write_lab(tmp_path / "lab", Images(registry="clusterbench", tag="latest"))
    return tmp_path / "lab"


def called(lab: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != PROGRAM}
    return subprocess.run(
        [sys.executable, "-m", "clusterbench", *words],
        cwd=lab,
        env={**kept, "PYTHONPATH": os.pathsep.join(IMPORTED_FROM), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_takes_the_images_and_says_how_to_repeat_it(engine: Any, lab: Path) -> None:
    services = read_services(ROOT / "compose.yaml", {})
    for name in ("rust-tonic", "generators"):
        if not images.there(engine, services[name].image):
            pytest.skip(f"{services[name].image} is not built: ./lab test builds it")
    done = called(lab, "run", *QUICK, "--contender", "rust-tonic")
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads((newest(lab / "results") / "run.json").read_text())
    assert {each["name"] for each in run["experiment"]["contenders"].values()} == {"rust-tonic"}
    assert [each.split()[0] for each in run["commands"]] == ["docker", "clusterbench"]
    assert run["commit"] is None


def test_an_image_that_no_registry_has_ends_it_before_anything_is_started(
    engine: Any, lab: Path
) -> None:
    before = {each.id for each in engine.containers.list(all=True)}
    done = called(lab, "run", *QUICK, LAB_REGISTRY="localhost:1/none")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "localhost:1/none/sklearn-grpc:latest is not on this engine" in done.stderr
    assert "LAB_REGISTRY" in done.stderr
    assert not any((lab / "results").glob("*quick*"))
    assert {each.id for each in engine.containers.list(all=True)} <= before
