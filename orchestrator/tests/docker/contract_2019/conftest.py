"""Starts each server of 2019 in its container, on the engine's own network."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from clusterbench.config.compose_file import read_services, servers
from clusterbench.config.data_folder import read_data
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.docker_runtime import DockerRuntime
from clusterbench.verify.checked_server import CheckedServer
from support.container_servers import Server
from support.contract import MODEL, needs_of
from support.edges_of_data import EDGES, edge
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from centroids_pb2_grpc import ClusteringServiceStub
    from numpy.typing import NDArray

    from clusterbench.model.data import DataFolder
    from support.contract import Needs

SERVICES = read_services(ROOT / "compose.yaml")
OF_2019 = [name for name, each in servers(SERVICES).items() if each.edition == "2019"]


@dataclass(frozen=True)
class Data:
    model_json: bytes


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, DataFolder]:
    """Data folders at the edge of what is taken, by the name of the contender that serves each."""
    return {name: edge(name, tmp_path_factory.mktemp("edge") / "data") for name in EDGES}


@pytest.fixture(scope="module")
def runtime(engine: Any, edges: Mapping[str, DataFolder]) -> Iterator[DockerRuntime]:
    project = f"labtest{uuid.uuid4().hex[:8]}"
    made = DockerRuntime(
        services=SERVICES,
        data=Data(MODEL.read_bytes()),
        project=project,
        run_id="contract",
        client=engine,
        network_name=project,
        models=edges,
    )
    with made.open():
        yield made


@pytest.fixture(scope="module", params=OF_2019)
def service(request: pytest.FixtureRequest, engine: Any) -> str:
    """Each server of 2019 in turn; one whose image is not there is skipped."""
    name: str = request.param
    image = SERVICES[name].image
    if not images.there(engine, image):
        pytest.skip(f"{image} is not built: docker compose build {name}-image")
    return name


@pytest.fixture
def needs(service: str) -> Needs:
    """Skip what the service does not offer, since its edition did not."""
    return needs_of(service)


@pytest.fixture(scope="module")
def server(service: str, runtime: DockerRuntime) -> Iterator[Server]:
    with runtime.server(Contender(name=service, service=service), CpuSet()) as running:
        made = Server(running)
        with made.stub():
            yield made


@pytest.fixture(scope="module")
def subject(service: str, runtime: DockerRuntime) -> Iterator[CheckedServer]:
    """The server as `./lab verify` starts and checks it."""
    contender = Contender(name="checked", service=service)
    data = read_data(MODEL.parent)
    with CheckedServer(lambda: runtime.server(contender, CpuSet()), data) as checked:
        yield checked


@pytest.fixture
def stub(server: Server) -> Iterator[ClusteringServiceStub]:
    with server.stub() as stub:
        yield stub


@pytest.fixture(scope="session")
def centroids() -> NDArray[np.float64]:
    """Those of the model that the servers serve: (n_clusters, n_features)."""
    return np.array(json.loads(MODEL.read_text())["centroids"])
