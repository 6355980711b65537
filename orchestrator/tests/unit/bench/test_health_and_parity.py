from __future__ import annotations

import math
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc
import numpy as np
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from clusterbench.bench import parity
from clusterbench.bench.health import connect, wait_until_serving
from clusterbench.config.data_folder import read_data
from clusterbench.errors import ServerFailed
from clusterbench.load.generator import SERVICE
from clusterbench.model.execution import Address
from clusterbench.model.experiment import Method
from clusterbench.model.units import Seconds
from support.data_folders import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clusterbench.model.data import DataFolder

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

    def usage(self) -> Any:
        raise NotImplementedError


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return read_data(write(tmp_path, clusters=5, samples=40))


class World:
    def __init__(self) -> None:
        self.servers: list[Any] = []

    def serve(
        self,
        servicer: Any,
        status: int = health_pb2.HealthCheckResponse.SERVING,
        *,
        port: int = 0,
    ) -> Running:
        server = grpc.server(ThreadPoolExecutor(1))
        checks = health.HealthServicer()
        for name in ("", SERVICE):
            checks.set(name, status)
        health_pb2_grpc.add_HealthServicer_to_server(checks, server)
        pb_grpc.add_ClusteringServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port(f"127.0.0.1:{port}")
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
    with connect(server) as channel:
        wait_until_serving(server, channel, Seconds(5.0))
        found = parity.check_parity(server, channel, data, BOTH)
    assert found.observations == 40 + 100 * 2
    assert found.worst_excess <= parity.PARITY_TOLERANCE


def test_no_proxy_stands_between_this_process_and_a_server(
    world: World, data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "no_grpc_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = world.serve(Nearest(data.centroids))
    with connect(server) as channel:
        wait_until_serving(server, channel, Seconds(5.0))
        parity.check_first(server, channel, data, {Method.PREDICT}, noop=False)


def test_one_wrong_response_fails_parity_and_is_named(world: World, data: DataFolder) -> None:
    farthest = int(((data.centroids - data.observations[7]) ** 2).sum(axis=1).argmax())
    server = world.serve(Nearest(data.centroids, wrong={data.observations[7, 0]: farthest}))
    with (
        connect(server) as channel,
        pytest.raises(ServerFailed, match=rf"Predict request 7, row 0: cluster {farthest} is"),
    ):
        parity.check_parity(server, channel, data, {Method.PREDICT})


@pytest.mark.parametrize("index", [-1, 5])
def test_a_cluster_that_is_not_there_fails_parity(
    world: World, data: DataFolder, index: int
) -> None:
    server = world.serve(Nearest(data.centroids, wrong={data.observations[0, 0]: index}))
    with (
        connect(server) as channel,
        pytest.raises(ServerFailed, match=f"cluster {index} of 5"),
    ):
        parity.check_parity(server, channel, data, {Method.PREDICT})


def test_a_batch_with_a_cluster_too_few_fails_parity(world: World, data: DataFolder) -> None:
    server = world.serve(Nearest(data.centroids, wrong={math.inf: 0}))
    with (
        connect(server) as channel,
        pytest.raises(ServerFailed, match="PredictBatch request 0: 1 answers for 2"),
    ):
        parity.check_parity(server, channel, data, {Method.PREDICT_BATCH})


def test_a_first_response_that_is_wrong_is_refused(world: World, data: DataFolder) -> None:
    farthest = int(((data.centroids - data.observations[0]) ** 2).sum(axis=1).argmax())
    server = world.serve(Nearest(data.centroids, wrong={data.observations[0, 0]: farthest}))
    with (
        connect(server) as channel,
        pytest.raises(ServerFailed, match=rf"Predict request 0, row 0: cluster {farthest} is"),
    ):
        parity.check_first(server, channel, data, {Method.PREDICT}, noop=False)


def test_a_server_of_batches_alone_is_first_asked_for_a_batch(
    world: World, data: DataFolder
) -> None:
    server = world.serve(Nearest(data.centroids))
    with connect(server) as channel:
        parity.check_first(server, channel, data, {Method.PREDICT_BATCH}, noop=False)


def test_a_status_in_place_of_a_response_fails_parity(world: World, data: DataFolder) -> None:
    server = world.serve(pb_grpc.ClusteringServiceServicer())
    with (
        connect(server) as channel,
        pytest.raises(ServerFailed, match="UNIMPLEMENTED"),
    ):
        parity.check_parity(server, channel, data, {Method.PREDICT})


def test_a_noop_handler_must_return_its_constant(world: World, data: DataFolder) -> None:
    first = data.observations[0, 0]
    right = world.serve(Nearest(data.centroids, wrong={first: parity.NOOP_RESPONSE}))
    with connect(right) as channel:
        parity.check_first(right, channel, data, BOTH, noop=True)
    wrong = world.serve(Nearest(data.centroids, wrong={first: 3}))
    with connect(wrong) as channel, pytest.raises(ServerFailed, match="returned 3"):
        parity.check_first(wrong, channel, data, BOTH, noop=True)


def test_a_server_that_says_not_serving_is_given_up_with_its_last_lines(world: World) -> None:
    server = world.serve(Nearest(np.zeros((1, 2))), health_pb2.HealthCheckResponse.NOT_SERVING)
    with (
        connect(server) as channel,
        pytest.raises(
            ServerFailed, match=r"not healthy after 0\.3 s.*NOT_SERVING\)\n  \| last words"
        ),
    ):
        wait_until_serving(server, channel, Seconds(0.3))


def test_an_open_port_without_health_is_not_ready(world: World) -> None:
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    world.servers.append(server)
    running = Running(port)
    with (
        connect(running) as channel,
        pytest.raises(ServerFailed, match="UNIMPLEMENTED"),
    ):
        wait_until_serving(running, channel, Seconds(0.3))


def test_a_server_that_opens_its_port_late_is_waited_for(world: World, data: DataFolder) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    late = threading.Timer(0.2, world.serve, (Nearest(data.centroids),), {"port": port})
    late.start()
    server = Running(port)
    with connect(server) as channel:
        wait_until_serving(server, channel, Seconds(30.0))
        parity.check_first(server, channel, data, {Method.PREDICT}, noop=False)
    late.join()


def test_a_port_that_nobody_opens_is_given_up_with_the_servers_last_lines() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = Running(probe.getsockname()[1])
        with (
            connect(server) as channel,
            pytest.raises(ServerFailed, match=r"not healthy after 0\.3 s.*UNAVAILABLE"),
        ):
            wait_until_serving(server, channel, Seconds(0.3))


def test_a_server_that_ends_is_not_waited_for(world: World) -> None:
    server = world.serve(Nearest(np.zeros((1, 2))))
    server.alive = False
    began = time.monotonic()
    with (
        connect(server) as channel,
        pytest.raises(ServerFailed, match="ended before it was ready"),
    ):
        wait_until_serving(server, channel, Seconds(600.0))
    assert time.monotonic() - began < 60


def test_excess_is_the_share_by_which_the_chosen_centroid_is_farther() -> None:
    centroids = np.array([[0.0, 0.0], [3.0, 0.0]])
    rows = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    found = parity.excess(rows, [0, 1, 0, 1], centroids)
    np.testing.assert_array_equal(found, [0.0, 1.0, 0.0, np.inf])
