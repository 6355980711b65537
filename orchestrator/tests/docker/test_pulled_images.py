"""`./lab run --pull` with images that are here already, as if a registry had given them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.config.compose_file import image_of, read_services
from clusterbench.errors import ExitCode
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from launcher import composing
from launcher.testing import IMAGES_BUILT
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.docker

#: Of a run of one server. Nothing is behind this port: a registry that is asked refuses.
NEEDED = ("orchestrator", "rust-tonic", "generators")
REGISTRY = "127.0.0.1:1/labtest"
SHORT = ["--profile", "quick", "--contender", "rust-tonic", "--levels", "8", "--rounds", "1"]
SHORTER = ["--window", "0.5", "--warm-up", "0", "--repeats", "0"]
#: Stands before docker on PATH: notes what it is asked, and has docker do it.
NOTES = """#!/bin/sh
echo "$*" >>"$0.asked"
exec {docker} "$@"
"""


@pytest.fixture
def tag(engine: Any) -> Iterator[str]:
    """Have what a run of one server needs here under a tag of the registry's, and no longer."""
    made = f"t{uuid.uuid4().hex[:8]}"
    services = read_services(ROOT / "compose.yaml", {})
    built = [image_of(services, name) for name in NEEDED]
    if IMAGES_BUILT not in os.environ:
        assert composing.build(ROOT, [each.name for each in built if each is not None])
    for name in NEEDED:
        engine.images.get(services[name].image).tag(f"{REGISTRY}/{name}", made)
    yield made
    for name in NEEDED:
        if engine.images.list(f"{REGISTRY}/{name}:{made}"):
            engine.images.remove(f"{REGISTRY}/{name}:{made}")


class Shell:
    """A shell from which `./lab` is started, with a docker on its PATH that is listened to."""

    def __init__(self, folder: Path, tag: str) -> None:
        self.results = folder / "results"
        self.results.mkdir()
        self._docker = folder / "docker"
        self._docker.write_text(NOTES.format(docker=shutil.which("docker")))
        self._docker.chmod(0o755)
        self._variables = {
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "LAB_REGISTRY": REGISTRY,
            "LAB_TAG": tag,
        }

    def lab(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "lab"), *words, "--results", str(self.results)],
            env={**self._variables, **variables},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    @property
    def asked(self) -> list[str]:
        return self._docker.with_suffix(".asked").read_text().splitlines()


@pytest.fixture
def shell(tmp_path: Path, tag: str) -> Shell:
    return Shell(tmp_path, tag)


def test_a_run_whose_images_are_here_begins_without_a_build_or_a_registry(
    engine: Any, shell: Shell, tag: str
) -> None:
    done = shell.lab("run", *SHORT, *SHORTER, LAB_PULL_POLICY="missing")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in NEEDED:
        assert f"{REGISTRY}/{name}:{tag} is here already" in done.stderr
    assert not [each for each in shell.asked if " build" in each or each.startswith("pull")]
    run = RunFolder.open(newest(shell.results)).run
    assert {*run.experiment.contenders} == {"rust-tonic"}
    ran = engine.images.get(f"{REGISTRY}/rust-tonic:{tag}")
    assert run.fingerprint.images["rust-tonic"] == ran.id


def test_an_image_that_neither_is_here_nor_can_be_pulled_ends_a_run_before_it_measures(
    engine: Any, shell: Shell, tag: str
) -> None:
    missing = f"{REGISTRY}/rust-tonic:{tag}"
    engine.images.remove(missing)
    done = shell.lab("run", "--pull", *SHORT, *SHORTER, LAB_PULL_POLICY="")
    assert done.returncode == ExitCode.HOST
    assert f"{missing} could not be pulled from {REGISTRY}: " in done.stderr
    assert "remedy: build it here, without --pull" in done.stderr
    assert not [*shell.results.iterdir()]
