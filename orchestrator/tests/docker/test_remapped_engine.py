"""An engine that remaps users (userns-remap): what writes results runs as it does elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.host.engine_endpoint import find_endpoint, variables
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.images import describe_engine
from support.repository import ROOT
from support.second_engine import second_engine
from support.stand_in_containers import FIRST, IMAGE, MODEL, STAND_IN, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.second_engine import SecondEngine

pytestmark = pytest.mark.docker

STRANGER = 4242
#: What `clusterbench.cli.privileges` does, in words of a small image.
WRITES = """
set -e
owner=$(stat -c %u /results)
groups=0
[ -e /var/run/docker.sock ] && groups=$(stat -c %g /var/run/docker.sock)
become="setpriv --reuid $owner --regid $owner --groups $groups"
$become touch /results/written
[ ! -e /var/run/docker.sock ] || $become test -w /var/run/docker.sock
"""


@pytest.fixture(scope="module")
def remapped(engine: Any) -> Iterator[SecondEngine]:
    with second_engine({"userns-remap": "default"}, images=[IMAGE], first=engine) as started:
        yield started


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    os.chown(folder, STRANGER, STRANGER)
    return folder


def writes(remapped: SecondEngine, results: Path, service: str, **more: Any) -> tuple[int, str]:
    """Run a service of compose.yaml with a small image that writes results."""
    entry = {
        "image": IMAGE,
        "pull_policy": "never",
        "entrypoint": ["sh", "-c"],
        "command": [WRITES.replace("$", "$$")],
        "volumes": [f"{results}:/results"],
        **more,
    }
    override = results.with_suffix(".json")
    override.write_text(json.dumps({"services": {service: entry}}))
    words = ["docker", "compose", "-f", "compose.yaml", "-f", str(override)]
    words += ["run", "--rm", "--no-TTY", "--no-deps", service]
    found = find_endpoint({"DOCKER_SOCKET": str(remapped.socket)})
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=variables(found, os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("service", ["orchestrator", "ghz-runner"])
def test_what_writes_results_writes_them_as_their_owner_and_reaches_the_engine(
    remapped: SecondEngine, results: Path, service: str
) -> None:
    code, said = writes(remapped, results, service)
    assert code == 0, said
    assert (results / "written").stat().st_uid == STRANGER


def test_a_container_in_the_engines_own_users_cannot_write_them(
    remapped: SecondEngine, results: Path
) -> None:
    code, said = writes(remapped, results, "orchestrator", userns_mode="")
    assert code != 0
    assert "Permission denied" in said
    assert not (results / "written").exists()


def test_such_an_engine_is_named(remapped: SecondEngine, engine: Any) -> None:
    assert "userns-remap" in describe_engine(remapped.client())["users"]
    assert "users" not in describe_engine(engine)


def test_servers_and_generators_get_and_give_their_files(remapped: SecondEngine) -> None:
    runtime = Lab(remapped.client(), f"labtest{uuid.uuid4().hex[:8]}").runtime()
    with runtime.open():
        with runtime.server(STAND_IN, FIRST) as server:
            server.stop()
            assert MODEL.decode() in server.logs()
        with runtime.generator(FIRST) as generator:
            generator.put({"in": b"there and back"})
            with generator.execute(["cp", "in", "out"], outputs=["out"]) as execution:
                completed = execution.wait(Seconds(30.0))
                assert completed.outputs["out"].read_bytes() == b"there and back"
