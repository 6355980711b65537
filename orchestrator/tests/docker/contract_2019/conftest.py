"""Starts each server of 2019 in its container, on the engine's own network."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest
from centroids_pb2_grpc import ClusteringServiceStub

# A fixture, for this folder's `service` too.
from tests.process.contract.conftest import needs  # noqa: F401

from clusterbench.config.compose_file import read_services, servers
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Contender
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.docker_runtime import DockerRuntime
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clusterbench.runtime.docker.containers import ContainerServer

MODEL = ROOT / "data" / "model.json"
SERVICES = read_services(ROOT / "compose.yaml")
OF_2019 = [name for name, each in servers(SERVICES).items() if each.edition == "2019"]


@dataclass(frozen=True)
class Data:
    model_json: bytes


class Server:
    """A server in a container, as the contract's tests see one."""

    def __init__(self, running: ContainerServer) -> None:
        self.running = running

    @contextmanager
    def channel(self) -> Iterator[grpc.Channel]:
        options = [
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", -1),
            ("grpc.use_local_subchannel_pool", 1),
        ]
        with grpc.insecure_channel(str(self.running.address), options=options) as channel:
            yield channel

    @contextmanager
    def stub(self) -> Iterator[ClusteringServiceStub]:
        with self.channel() as channel:
            grpc.channel_ready_future(channel).result(60)
            yield ClusteringServiceStub(channel)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.running.logs().splitlines()]


@pytest.fixture(scope="module")
def runtime(engine: Any) -> Iterator[DockerRuntime]:
    project = f"labtest{uuid.uuid4().hex[:8]}"
    made = DockerRuntime(
        services=SERVICES,
        data=Data(MODEL.read_bytes()),
        project=project,
        run_id="contract",
        client=engine,
        network_name=project,
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


@pytest.fixture(scope="module")
def server(service: str, runtime: DockerRuntime) -> Iterator[Server]:
    with runtime.server(Contender(name=service, service=service), CpuSet()) as running:
        made = Server(running)
        with made.stub():
            yield made


@pytest.fixture
def stub(server: Server) -> Iterator[ClusteringServiceStub]:
    with server.stub() as stub:
        yield stub


@pytest.fixture(scope="session")
def centroids() -> NDArray[np.float64]:
    """Those of the model that the servers serve: (n_clusters, n_features)."""
    return np.array(json.loads(MODEL.read_text())["centroids"])
