"""The servers of 2019 keep the contract of all servers, in the images that runs take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from centroids_pb2 import PredictRequest

from clusterbench.bench.health import connect, wait_until_serving
from clusterbench.bench.parity import check_parity
from clusterbench.config.data_folder import read_data
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Method
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.creation import temporary
from support.container_servers import Server
from support.contract import MODEL, Contract, batch, doubles
from support.edges_of_data import EDGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from clusterbench.model.data import DataFolder
    from clusterbench.runtime.docker.docker_runtime import DockerRuntime

pytestmark = pytest.mark.docker


class TestContract(Contract):
    """The contract of all servers."""


def test_the_log_says_what_runs_with_the_versions_of_2019(server: Server, service: str) -> None:
    first, *others = server.events
    assert [first["event"], *(each["event"] for each in others)] == [
        "starting", "listening", "serving",
    ]  # fmt: skip
    assert first["server"] == service
    assert (first["model"]["n_clusters"], first["model"]["n_features"]) == (100, 2)
    assert first["workers"] == 1
    wanted = {
        "sklearn-grpc-2019": {"scikit-learn": "0.21.3", "grpcio": "1.25.0", "numpy": "1.17.4"},
        "linfa-py-grpc-2019": {"linfa": "0.1.0", "grpcio": "1.25.0", "numpy": "1.17.4"},
        "rust-tonic-2019": {"linfa": "0.1.2", "tonic": "0.1.1", "ndarray": "0.13.0"},
    }[service]
    assert wanted.items() <= first["versions"].items()


def test_the_noop_handler_returns_1_for_anything(runtime: DockerRuntime, service: str) -> None:
    noop = Contender(name="noop", service=service, environment={"SERVER_HANDLER": "noop"})
    with runtime.server(noop, CpuSet()) as running, Server(running).stub() as stub:
        assert stub.Predict(PredictRequest(features=[])).cluster_index == 1
        assert list(stub.PredictBatch(batch([[], [1.0]])).cluster_indexes) == [1, 1]


def test_stopping_finishes_the_requests_in_flight(
    runtime: DockerRuntime, service: str, engine: Any
) -> None:
    rows = 50_000
    with runtime.server(Contender(name="stops", service=service), CpuSet()) as running:
        server = Server(running)
        [container] = [each for each in engine.containers.list() if "-stops-" in each.name]
        with server.stub() as stub:
            request = batch(doubles(3, rows, 2))
            calls = [stub.PredictBatch.future(request, timeout=60) for _ in range(4)]
            calls[0].result()
            container.stop(timeout=10)
            assert [len(call.result().cluster_indexes) for call in calls] == [rows] * len(calls)
        assert [each["event"] for each in server.events][-2:] == ["stopping", "stopped"]
        container.reload()
        assert container.attrs["State"]["ExitCode"] == 0


def test_a_model_that_cannot_be_served_ends_it_with_one_line(engine: Any, service: str) -> None:
    image, nowhere = f"clusterbench/{service}", {"SERVER_MODEL": "/nowhere.json"}
    asked = temporary(engine, image, labels={}, environment=nowhere, network_mode="none")
    with asked as container:
        container.start()
        assert container.wait()["StatusCode"] == 2
        told = container.logs(stdout=False).decode().splitlines()
    assert len(told) == 1
    assert told[0].startswith(f"{service}: model /nowhere.json: ")


def test_it_passes_the_parity_check_of_every_run(server: Server) -> None:
    methods = [Method.PREDICT, Method.PREDICT_BATCH]
    with connect(server.running) as channel:
        wait_until_serving(server.running, channel, Seconds(30.0))
        found = check_parity(server.running, channel, read_data(MODEL.parent), methods)
    assert found.observations > 0


@pytest.mark.parametrize("name", EDGES)
def test_what_the_reader_of_data_takes_is_answered_rightly(
    runtime: DockerRuntime, service: str, edges: Mapping[str, DataFolder], name: str
) -> None:
    contender = Contender(name=name, service=service)
    with runtime.server(contender, CpuSet()) as running, connect(running) as channel:
        wait_until_serving(running, channel, Seconds(30.0))
        found = check_parity(running, channel, edges[name], set(Method))
    assert found.observations == len(edges[name].observations) + len(edges[name].batches[0])
