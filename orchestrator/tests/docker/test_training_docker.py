"""Training in containers, as a user starts it: through Compose, on a thousand points."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from clusterbench.config.compose_file import read_services
from clusterbench.model.cpus import CpuSet
from clusterbench.model.training import TrainingRecord
from clusterbench.runtime.docker.docker_trainer import DockerTrainer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[3]
STRANGER = 4242
TINY = ["--quick", "--points", "1000", "--passes", "1", "--threads", "one", "--group", "equal-work"]


@pytest.fixture(scope="session")
def image(engine: Any) -> str:
    """Build the image where it is not built yet."""
    done = compose("build", "training-image")
    assert done.returncode == 0, done.stderr[-2000:]
    return "clusterbench/training"


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "results"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, STRANGER, STRANGER)
    yield folder
    compose("rm", "--force", "--stop", "training-image")


def compose(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", "compose", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip


def by_hand(results: Path, *options: str) -> subprocess.CompletedProcess[str]:
    override = results.with_suffix(".yaml")
    content = {"services": {"training": {"volumes": [f"{results}:/results"]}}}
    override.write_text(json.dumps(content))
    files = ["-f", "compose.yaml", "-f", str(override)]
    return compose(*files, "run", "--rm", "-T", "training", *options)


def test_training_by_hand_prints_a_table_and_leaves_what_it_measured_to_the_folders_owner(
    image: str, results: Path
) -> None:
    done = by_hand(results, *TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("sklearn", "linfa-py", "linfa-rust"):
        assert name in done.stdout
    (folder,) = results.iterdir()
    kept = msgspec.json.decode((folder / "training.json").read_bytes(), type=TrainingRecord)
    (each,) = kept.passes
    assert each.result is not None
    told = {b["extra_info"]["contender"]: b["extra_info"] for b in each.result["benchmarks"]}
    assert {"sklearn", "linfa-py", "linfa-rust"} <= set(told)
    assert told["linfa-py"]["n_iter"] == told["sklearn"]["n_iter"]
    assert "equal-work" in (folder / "table.txt").read_text()
    owner = STRANGER if os.geteuid() == 0 else os.geteuid()
    assert {path.lstat().st_uid for path in [folder, *folder.iterdir()]} == {owner}


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--points", "0"], 2, "--points 0"),
        (["--speed", "1"], 2, "--speed"),
        (["--points", "100000000000"], 3, "would fit"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_message(
    options: list[str], code: int, told: str, image: str, results: Path
) -> None:
    done = by_hand(results, *options)
    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not list(results.iterdir())


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
