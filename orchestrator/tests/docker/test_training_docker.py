"""Passes of training in containers of their image, on a few hundred points."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clusterbench.config.compose_file import read_services
from clusterbench.model.cpus import CpuSet
from clusterbench.runtime.docker.docker_trainer import DockerTrainer

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def image(engine: Any) -> str:
    """Build the image where it is not built yet."""
    done = compose("build", "training-image")
    assert done.returncode == 0, done.stderr[-2000:]
    return "clusterbench/training"


def compose(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", "compose", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip


def test_the_image_does_nothing_but_passes_and_says_what_trains_instead(image: str) -> None:
    done = compose("run", "--rm", "-T", "training", "--quick")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "training: give `pass`" in done.stderr
    assert "./lab train" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_pass_in_a_container_of_its_own_gives_its_json_and_leaves_nothing(
    image: str, engine: Any
) -> None:
    services = read_services(ROOT / "compose.yaml")
    trainer = DockerTrainer(services, project="training-test", run_id="test")
    assert trainer.lacks("training") is None
    assert "no such service" in str(trainer.lacks("training-2038"))
    only_built = replace(services["training-image"], image="clusterbench/nobody-made-this")
    other = DockerTrainer(
        {**services, "training-2038-image": only_built}, project="training-test", run_id="test"
    )
    assert "docker compose build training-2038-image" in str(other.lacks("training-2038"))
    order = {
        "pass": 1, "threads": 1, "rounds": 2, "tolerance": 1e-4, "spread": 1.0, "seed": 3,
        "benchmarks": [
            {"group": "defaults", "contender": name, "points": 500, "features": 2, "clusters": 3,
             "max_iter": 9}
            for name in ("linfa-rust", "nobody")
        ],
    }  # fmt: skip
    result = trainer.run("training", json.dumps(order), CpuSet((0,)))
    (benchmark,) = result["benchmarks"]
    assert len(benchmark["stats"]["data"]) == 2
    assert benchmark["extra_info"]["n_init"] == 10, "linfa's own default"
    assert result["skipped"] == {"nobody": "is not known to this image"}
    label = {"label": "clusterbench.project=training-test"}
    assert not engine.containers.list(all=True, filters=label)
