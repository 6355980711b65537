from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc
import numpy as np
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from test_data import write

from clusterbench.bench import client
from clusterbench.config.data_folder import read_data
from clusterbench.errors import ServerFailed
from clusterbench.model.data import DataFolder
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Method, Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOTH = {Method.PREDICT, Method.PREDICT_BATCH}


class Nearest(pb_grpc.ClusteringServiceServicer):
    """Answers rightly, but for observations that `wrong` names (by request number)."""

    def __init__(
        self, centroids: np.ndarray[Any, Any], wrong: dict[int, int] | None = None
    ) -> None:
        self.centroids, self.wrong, self.seen = centroids, wrong or {}, 0

    def nearest(self, row: Any) -> int:
        return int(((self.centroids - np.array(list(row))) ** 2).sum(axis=1).argmin())

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802
        index = self.nearest(request.features)
        return pb.PredictResponse(cluster_index=self.wrong.get(request.features[0], index))

    def PredictBatch(self, request: Any, context: Any) -> Any:  # noqa: N802
        rows = request.observations[1:] if self.wrong else request.observations
        return pb.PredictBatchResponse(cluster_indexes=[self.nearest(o.features) for o in rows])


class Running:
    """A server of the tests, as the client sees it."""

    def __init__(self, port: int) -> None:
        self.address = Address("127.0.0.1", port)
        self.alive = True

    def running(self) -> bool:
        return self.alive

    def logs(self) -> str:
        return "last words"

    def hello(self) -> dict[str, Any]:
        return {}

    def usage(self) -> Any:
        raise NotImplementedError


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return read_data(write(tmp_path, clusters=5, samples=40))


class World:
    def __init__(self) -> None:
        self.servers: list[Any] = []

    def serve(self, servicer: Any, status: int = health_pb2.HealthCheckResponse.SERVING) -> Running:
        server = grpc.server(ThreadPoolExecutor(1))
        checks = health.HealthServicer()
        for name in ("", client.SERVICE):
            checks.set(name, status)
        health_pb2_grpc.add_HealthServicer_to_server(checks, server)
        pb_grpc.add_ClusteringServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.servers.append(server)
        return Running(port)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    for server in made.servers:
        server.stop(None)


def test_a_right_server_passes_parity_on_all_observations(world: World, data: DataFolder) -> None:
    server = world.serve(Nearest(data.centroids))
    with client.connect(server) as channel:
        client.wait_until_serving(server, channel, Seconds(5.0))
        parity = client.check_parity(server, channel, data, BOTH)
    assert parity.observations == 40 + 100 * 2
    assert parity.worst_excess <= client.PARITY_TOLERANCE


def test_one_wrong_answer_fails_parity_and_is_named(world: World, data: DataFolder) -> None:
    farthest = int(((data.centroids - data.observations[7]) ** 2).sum(axis=1).argmax())
    server = world.serve(Nearest(data.centroids, wrong={data.observations[7, 0]: farthest}))
    with (
        client.connect(server) as channel,
        pytest.raises(ServerFailed, match=rf"Predict request 7, row 0: cluster {farthest} is"),
    ):
        client.check_parity(server, channel, data, {Method.PREDICT})


@pytest.mark.parametrize("index", [-1, 5])
def test_a_cluster_that_is_not_there_fails_parity(
    world: World, data: DataFolder, index: int
) -> None:
    server = world.serve(Nearest(data.centroids, wrong={data.observations[0, 0]: index}))
    with (
        client.connect(server) as channel,
        pytest.raises(ServerFailed, match=f"cluster {index} of 5"),
    ):
        client.check_parity(server, channel, data, {Method.PREDICT})


def test_a_batch_with_an_answer_too_few_fails_parity(world: World, data: DataFolder) -> None:
    server = world.serve(Nearest(data.centroids, wrong={math.inf: 0}))
    with (
        client.connect(server) as channel,
        pytest.raises(ServerFailed, match="PredictBatch request 0: 1 answers for 2"),
    ):
        client.check_parity(server, channel, data, {Method.PREDICT_BATCH})


def test_a_status_in_place_of_an_answer_fails_parity(world: World, data: DataFolder) -> None:
    server = world.serve(pb_grpc.ClusteringServiceServicer())
    with (
        client.connect(server) as channel,
        pytest.raises(ServerFailed, match="UNIMPLEMENTED"),
    ):
        client.check_parity(server, channel, data, {Method.PREDICT})


def test_a_noop_handler_must_answer_its_constant(world: World, data: DataFolder) -> None:
    first = data.observations[0, 0]
    right = world.serve(Nearest(data.centroids, wrong={first: client.NOOP_RESPONSE}))
    with client.connect(right) as channel:
        client.check_noop(right, channel, data)
    wrong = world.serve(Nearest(data.centroids, wrong={first: 3}))
    with client.connect(wrong) as channel, pytest.raises(ServerFailed, match="answered 3"):
        client.check_noop(wrong, channel, data)


def test_a_server_that_says_not_serving_is_given_up_with_its_last_lines(world: World) -> None:
    server = world.serve(Nearest(np.zeros((1, 2))), health_pb2.HealthCheckResponse.NOT_SERVING)
    with (
        client.connect(server) as channel,
        pytest.raises(
            ServerFailed, match=r"not healthy after 0\.3 s.*NOT_SERVING\)\n  \| last words"
        ),
    ):
        client.wait_until_serving(server, channel, Seconds(0.3))


def test_an_open_port_without_health_is_not_ready(world: World) -> None:
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    world.servers.append(server)
    running = Running(port)
    with (
        client.connect(running) as channel,
        pytest.raises(ServerFailed, match="UNIMPLEMENTED"),
    ):
        client.wait_until_serving(running, channel, Seconds(0.3))


def test_a_server_that_ends_is_not_waited_for(world: World) -> None:
    server = world.serve(Nearest(np.zeros((1, 2))))
    server.alive = False
    began = time.monotonic()
    with (
        client.connect(server) as channel,
        pytest.raises(ServerFailed, match="ended before it was ready"),
    ):
        client.wait_until_serving(server, channel, Seconds(600.0))
    assert time.monotonic() - began < 60


def test_excess_is_the_share_by_which_the_chosen_centroid_is_farther() -> None:
    centroids = np.array([[0.0, 0.0], [3.0, 0.0]])
    rows = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    found = client.excess(rows, [0, 1, 0, 1], centroids)
    np.testing.assert_array_equal(found, [0.0, 1.0, 0.0, np.inf])
