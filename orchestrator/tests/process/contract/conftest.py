"""Each server of compose.yaml in turn, as a local process."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from centroids_pb2 import PredictRequest

from clusterbench.config.compose_file import read_services
from clusterbench.config.data_folder import read_data
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.runtime.process.built import Built
from clusterbench.runtime.process.process_runtime import ProcessRuntime
from clusterbench.verify.checked_server import CheckedServer
from support.contract import MODEL, PATIENCE, needs_of
from support.local_servers import Launch, Refusal, Server, command_of, environment, recipes, running
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from centroids_pb2_grpc import ClusteringServiceStub
    from numpy.typing import NDArray

    from support.contract import Needs


@pytest.fixture(scope="module", params=list(recipes()))
def service(request: pytest.FixtureRequest) -> str:
    """Each server of compose.yaml in turn; one that is not built is skipped."""
    name: str = request.param
    program = Path(command_of(name)[0])
    if not program.is_file():
        pytest.skip(f"{name} is not built: there is no {program}")
    return name


@pytest.fixture
def needs(service: str) -> Needs:
    """Skip what the service does not offer, since its edition did not."""
    return needs_of(service)


@pytest.fixture(scope="module")
def server(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for many tests: whatever they send it, it answers after, and stops as told."""
    with running(service, tmp_path_factory.mktemp(service), [], {}) as started:
        yield started
        with started.stub() as stub:
            stub.Predict(PredictRequest(features=[1.0, 2.0]), timeout=PATIENCE)
        assert started.stop() == 0
        assert started.errors.read_text() == ""


@pytest.fixture(scope="module")
def subject(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedServer]:
    """The server as `./lab verify` starts and checks it."""
    data = read_data(MODEL.parent)
    runtime = ProcessRuntime(
        services=read_services(ROOT / "compose.yaml"),
        data=data,
        root=ROOT,
        built=Built(commands={service: tuple(command_of(service))}),
        project=f"labtest-contract-{os.getpid()}",
        scratch=tmp_path_factory.mktemp("scratch") / "run",
    )
    contender = Contender(name=service, service=service)
    with (
        runtime.open(),
        CheckedServer(lambda: runtime.server(contender, CpuSet()), data) as checked,
    ):
        yield checked


@pytest.fixture
def stub(server: Server) -> Iterator[ClusteringServiceStub]:
    with server.stub() as stub:
        yield stub


@pytest.fixture
def launch(service: str, tmp_path: Path) -> Iterator[Launch]:
    with ExitStack() as stack:

        def start(*options: str, settings: Mapping[str, str] | None = None) -> Server:
            return stack.enter_context(running(service, tmp_path, options, settings or {}))

        yield start


@pytest.fixture
def refusal(service: str, tmp_path: Path) -> Refusal:
    def run(*options: str, settings: Mapping[str, str] | None = None) -> tuple[int, str, list[str]]:
        done = subprocess.run(
            [*command_of(service), *options],
            cwd=tmp_path,
            env=environment(**(settings or {})),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr.splitlines()

    return run


@pytest.fixture(scope="session")
def centroids() -> NDArray[np.float64]:
    """Those of the model that the servers serve: (n_clusters, n_features)."""
    return np.array(json.loads(MODEL.read_text())["centroids"])
