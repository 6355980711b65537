"""Training in containers: through Compose as a user starts it, and one pass by the runtime."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.config.compose_file import read_services
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.docker_runtime import DockerRuntime
from clusterbench.runtime.port import Job
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from launcher.testing import IMAGES_BUILT
from support.no_pictures import NO_BROWSER
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.docker

STRANGER = 4242
TINY = ["--quick", "--points", "1000", "--passes", "1", "--threads", "one", "--group", "equal-work"]


class NoModel:
    """Jobs serve no model."""

    @property
    def model_json(self) -> bytes:
        raise AssertionError


@pytest.fixture(scope="session")
def images(engine: Any) -> Any:
    """Build the images where they are not built yet, and `./lab test` has not just done so."""
    if IMAGES_BUILT not in os.environ:
        done = compose("build", "training-image", "generators-image", "orchestrator-image")
        assert done.returncode == 0, done.stderr[-2000:]
    return engine


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


def train(results: Path, *options: str) -> subprocess.CompletedProcess[str]:
    override = results.with_suffix(".yaml")
    content = {"services": {"orchestrator": {"volumes": [f"{results}:/results"]}}}
    override.write_text(json.dumps(content))
    files = ["-f", "compose.yaml", "-f", str(override)]
    no_pictures = ["--env", f"BROWSER_PATH={NO_BROWSER}"]
    return compose(*files, "run", "--rm", "-T", *no_pictures, "orchestrator", "train", *options)


def test_training_prints_a_table_and_leaves_what_it_measured_to_the_folders_owner(
    images: Any, results: Path
) -> None:
    done = train(results, *TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("sklearn", "linfa-py", "linfa-rust"):
        assert name in done.stdout
    kept = RunFolder.open(newest(results)).training()
    assert kept is not None
    assert kept.software["training"]["image"].startswith("sha256:")
    each = next(each for each in kept.passes if each.image == "training")
    assert each.result is not None
    told = {b["extra_info"]["contender"]: b["extra_info"] for b in each.result["benchmarks"]}
    assert {"sklearn", "linfa-py", "linfa-rust"} <= set(told)
    assert told["linfa-py"]["n_iter"] == told["sklearn"]["n_iter"]
    owner = STRANGER if os.geteuid() == 0 else os.geteuid()
    assert {path.lstat().st_uid for path in results.rglob("*")} == {owner}


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--points", "0"], 2, "--points 0"),
        (["--speed", "1"], 2, "--speed"),
        (["--points", "1000000000"], 3, "would fit"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_message(
    options: list[str], code: int, told: str, images: Any, results: Path
) -> None:
    done = train(results, *options)
    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_image_does_nothing_but_passes_and_says_what_trains_instead(images: Any) -> None:
    done = compose("run", "--rm", "-T", "training", "--quick")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "training: give `pass`" in done.stderr
    assert "./lab train" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_pass_in_a_container_of_its_own_gives_its_json_and_leaves_nothing(
    images: Any, engine: Any
) -> None:
    order = {
        "pass": 1, "threads": 1, "rounds": 2, "tolerance": 1e-4, "spread": 1.0, "seed": 3,
        "benchmarks": [
            {"group": "defaults", "contender": name, "points": 500, "features": 2, "clusters": 3,
             "max_iter": 9}
            for name in ("linfa-rust", "nobody")
        ],
    }  # fmt: skip
    services = read_services(ROOT / "compose.yaml")
    absent = replace(services["training-2019"], image="clusterbench/nobody-made-this")
    runtime = DockerRuntime(
        services={**services, "training-2019": absent},
        data=NoModel(),
        project="training-test",
        run_id="test",
        network_name="training-test",
    )
    assert runtime.skip_service("training") is None
    assert "docker compose build training-2019-image" in str(runtime.skip_service("training-2019"))
    job = Job(
        service="training",
        command=("pass",),
        environment={"TRAINING_PASS": json.dumps(order), "TRAINING_OUT": "pass.json"},
        cpus=CpuSet((0,)),
        output="pass.json",
        timeout=Seconds(300),
    )
    with runtime.open():
        result = json.loads(runtime.run_once(job).content)
    (benchmark,) = result["benchmarks"]
    assert len(benchmark["stats"]["data"]) == 2
    assert benchmark["extra_info"]["n_init"] == 10, "linfa's own default"
    assert result["skipped"] == {"nobody": "is not known to this image"}
    label = {"label": "clusterbench.project=training-test"}
    assert not engine.containers.list(all=True, filters=label)
