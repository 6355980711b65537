"""Servers as local processes: the contract of all, their options, logs, workers and ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest
from centroids_pb2 import PredictBatchRequest, PredictRequest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from support.contract import (
    BAD_ROWS,
    GOOD,
    MODEL,
    NOT_SERVING,
    PATIENCE,
    SERVING,
    Contract,
    assert_nearest,
    batch,
    doubles,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from support.contract import Needs
    from support.local_servers import Launch, Refusal, Server

pytestmark = pytest.mark.process


class TestContract(Contract):
    """The contract of all servers."""


# ------------------------------------------------------------- options and the log


def test_the_log_says_what_runs(server: Server, service: str) -> None:
    first = server.events[0]
    assert [each["event"] for each in server.events] == ["starting", "listening", "serving"]
    assert first["server"] == service
    assert first["handler"] == "model"
    assert first["model"] == {
        "path": str(MODEL),
        "n_clusters": 100,
        "n_features": 2,
    }
    for name in ("workers", "threads", "max_streams"):
        assert isinstance(first[name], int)
        assert first[name] >= 1
    assert first["pools"]
    assert first["versions"]
    assert all(isinstance(each, str) and each for each in first["versions"].values())
    assert server.events[1]["host"] == "127.0.0.1"


def test_the_noop_handler_returns_1_for_anything(launch: Launch) -> None:
    # The option wins over the variable, and an empty variable counts as unset.
    server = launch("--handler", "noop", settings={"SERVER_HANDLER": "model", "SERVER_WORKERS": ""})
    assert server.events[0]["handler"] == "noop"
    with server.stub() as stub:
        for features in ([], [nan], GOOD):
            assert stub.Predict(PredictRequest(features=features)).cluster_index == 1
        assert list(stub.PredictBatch(batch([[], [nan], GOOD])).cluster_indexes) == [1, 1, 1]
        assert list(stub.PredictBatch(PredictBatchRequest()).cluster_indexes) == []


def test_one_event_loop_serves_as_threads_do(
    launch: Launch, centroids: NDArray[np.float64]
) -> None:
    server = launch(settings={"SERVER_EXECUTOR": "asyncio"})
    if "executor" not in server.events[0]:
        pytest.skip("it has one way to run its handlers")
    assert server.events[0]["executor"] == "asyncio"
    rows = doubles(5, 50, 2)
    with server.stub() as stub:
        calls = [stub.Predict.future(PredictRequest(features=row)) for row in rows]
        assert_nearest(centroids, rows, [call.result().cluster_index for call in calls])
        assert_nearest(centroids, rows, stub.PredictBatch(batch(rows)).cluster_indexes)
        for row, told in (each.values for each in BAD_ROWS):
            answer = refused(lambda row=row: stub.Predict(PredictRequest(features=row)))
            assert answer == (grpc.StatusCode.INVALID_ARGUMENT, f"row 0{told}")
            answer = refused(lambda row=row: stub.PredictBatch(batch([GOOD, row])))
            assert answer == (grpc.StatusCode.INVALID_ARGUMENT, f"row 1{told}")
    with server.channel() as channel:
        assert "ml.ClusteringService" in ProtoReflectionDescriptorDatabase(channel).get_services()
        watch = health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(service="ml.ClusteringService"), timeout=PATIENCE
        )
        assert next(watch).status == SERVING
        server.process.terminate()
        assert next(watch).status == NOT_SERVING
    assert server.process.wait(PATIENCE) == 0
    assert server.wait_for("stopped")["workers"][0]["requests"] == len(rows) + 1 + 2 * len(BAD_ROWS)
    assert server.errors.read_text() == ""


def test_requests_handled_together_get_their_own_responses_and_errors(
    launch: Launch, centroids: NDArray[np.float64]
) -> None:
    server = launch(settings={"SERVER_BATCHING": "on", "SERVER_THREADS": "16"})
    if "batching" not in server.events[0]:
        pytest.skip("it answers each call by itself")
    assert server.events[0]["batching"] == "on"
    rows = doubles(6, 2000, 2)
    with server.stub() as stub:
        calls = [stub.Predict.future(PredictRequest(features=row)) for row in rows]
        bad = [stub.Predict.future(PredictRequest(features=[1.0, nan])) for _ in range(50)]
        assert_nearest(centroids, rows, [call.result(PATIENCE).cluster_index for call in calls])
        assert {call.code() for call in bad} == {grpc.StatusCode.INVALID_ARGUMENT}
        assert_nearest(centroids, rows, stub.PredictBatch(batch(rows)).cluster_indexes)
    assert server.stop() == 0
    assert server.wait_for("stopped")["workers"][0]["requests"] == len(rows) + len(bad) + 1
    assert server.errors.read_text() == ""


@pytest.mark.parametrize(
    ("options", "settings", "told"),
    [
        (["--port", "65536"], {}, ["--port", "65536"]),
        (["--port", "http"], {}, ["--port", "http"]),
        (["--threads", "0"], {}, ["--threads", "0"]),
        (["--handler", "other"], {}, ["--handler", "other", "model", "noop"]),
        ([], {"SERVER_WORKERS": "-1"}, ["SERVER_WORKERS", "-1"]),
        ([], {"SERVER_MAX_STREAMS": "many"}, ["SERVER_MAX_STREAMS", "many"]),
        (["--host", "no.such.host.invalid"], {}, ["no.such.host.invalid"]),
        (["--nonsense"], {}, ["--nonsense"]),
    ],
)
def test_a_bad_option_ends_it_with_one_line(
    refusal: Refusal, service: str, options: list[str], settings: dict[str, str], told: list[str]
) -> None:
    code, _, errors = refusal(*options, settings=settings)
    assert code == 2, errors
    assert len(errors) == 1
    assert errors[0].startswith(f"{service}: ")
    for each in told:
        assert each in errors[0]


BROKEN_MODELS: dict[str, Any] = {
    "not JSON": "{",
    "empty": "",
    "not text": "\ud800",
    "not an object": [],
    "no n_clusters": {"n_features": 1, "centroids": [[1.0]]},
    "no n_features": {"n_clusters": 1, "centroids": [[1.0]]},
    "no centroids": {"n_clusters": 1, "n_features": 1},
    "ragged": {"n_clusters": 2, "n_features": 2, "centroids": [[1.0, 2.0], [1.0]]},
    "too many clusters": {"n_clusters": 1, "n_features": 1, "centroids": [[1.0], [2.0]]},
    "too few features": {"n_clusters": 1, "n_features": 2, "centroids": [[1.0]]},
    "NaN": {"n_clusters": 1, "n_features": 1, "centroids": [[nan]]},
    "too large": '{"n_clusters": 1, "n_features": 1, "centroids": [[1e999]]}',
    "text": {"n_clusters": 1, "n_features": 1, "centroids": [["a"]]},
    "null": {"n_clusters": 1, "n_features": 1, "centroids": [[None]]},
    "no clusters": {"n_clusters": 0, "n_features": 2, "centroids": []},
    "no features": {"n_clusters": 1, "n_features": 0, "centroids": [[]]},
}


@pytest.mark.parametrize("document", BROKEN_MODELS.values(), ids=BROKEN_MODELS)
def test_a_broken_model_ends_it_with_one_line(
    refusal: Refusal, service: str, tmp_path: Path, document: object
) -> None:
    path = tmp_path / "broken.json"
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    code, _, errors = refusal("--model", str(path))
    assert code == 2, errors
    assert len(errors) == 1
    assert errors[0].startswith(f"{service}: ")
    assert str(path) in errors[0]
    assert "--model" in errors[0]


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_missing_model_ends_it_with_one_line(refusal: Refusal, tmp_path: Path, name: str) -> None:
    code, _, errors = refusal(settings={"SERVER_MODEL": str(tmp_path / name)})
    assert code == 2, errors
    assert len(errors) == 1
    assert str(tmp_path / name) in errors[0]


def test_unknown_keys_of_a_model_are_allowed(launch: Launch, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(
        '{"made": "by hand", "n_clusters": 2, "n_features": 1, "centroids": [[-1], [1]]}'
    )
    with launch("--model", str(path)).stub() as stub:
        assert list(stub.PredictBatch(batch([[3.0], [-3.0]])).cluster_indexes) == [1, 0]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_taken_port_ends_it_with_one_line(refusal: Refusal, needs: Needs, workers: str) -> None:
    if workers != "1":
        needs("workers")
    with socket.socket() as stranger:
        # One that would share, as every gRPC server does unless told not to.
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = str(stranger.getsockname()[1])
        code, _, errors = refusal("--port", port, "--workers", workers)
    assert code == 2, errors
    assert len(errors) == 1
    assert port in errors[0]


# --------------------------------------------------------------------- stopping


def test_sigterm_finishes_the_requests_in_flight(launch: Launch) -> None:
    # A thread for each call: when one is answered, all have begun.
    server = launch("--threads", "8")
    assert_calls_in_flight_are_finished(server)
    assert server.wait_for("stopping")["signal"] == "SIGTERM"


def assert_calls_in_flight_are_finished(server: Server) -> None:
    """Stop it while it works, and see that no call is lost and nothing complained of."""
    rows = 50_000
    request = batch(doubles(3, rows, 2))
    with server.stub() as stub:
        calls = [stub.PredictBatch.future(request, timeout=PATIENCE) for _ in range(6)]
        # By the time that one is answered the others have begun, and hardly all are done.
        calls[0].result()
        assert server.stop() == 0
        assert [len(call.result().cluster_indexes) for call in calls] == [rows] * len(calls)
    server.wait_for("stopped")
    assert server.errors.read_text() == ""


def test_sigint_ends_it_as_sigterm_does(launch: Launch) -> None:
    server = launch()
    assert server.stop(signal.SIGINT) == 0
    assert server.wait_for("stopping")["signal"] == "SIGINT"


def test_a_signal_that_is_ignored_from_the_start_stops_nothing(launch: Launch) -> None:
    """A script has its jobs in the background ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        server = launch()
    finally:
        signal.signal(signal.SIGINT, before)
    server.process.send_signal(signal.SIGINT)
    with server.stub() as stub:
        stub.PredictBatch(batch(doubles(3, 1, 2)), timeout=PATIENCE)
    assert server.stop(signal.SIGTERM) == 0
    assert server.wait_for("stopping")["signal"] == "SIGTERM"


def test_health_turns_to_not_serving_when_it_stops(launch: Launch) -> None:
    server = launch()
    with server.channel() as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(service="ml.ClusteringService"), timeout=PATIENCE
        )
        assert next(watch).status == SERVING
        server.process.terminate()
        assert next(watch).status == NOT_SERVING
    assert server.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("handler", ["model", "noop"])
def test_the_log_ends_with_what_it_did_refused_requests_too(
    launch: Launch, needs: Needs, handler: str
) -> None:
    needs("workers")
    server = launch("--handler", handler)
    with server.stub() as stub:
        stub.Predict(PredictRequest(features=GOOD))
        stub.PredictBatch(batch([GOOD, GOOD]))
        if handler == "model":
            refused(lambda: stub.Predict(PredictRequest(features=[nan])))
            refused(lambda: stub.PredictBatch(batch([[]])))
    assert server.stop() == 0
    workers = server.wait_for("stopped")["workers"]
    assert len(workers) == server.events[0]["workers"]
    assert sum(worker["requests"] for worker in workers) == (4 if handler == "model" else 2)
    assert sum(worker["cpu_seconds"] for worker in workers) > 0


# ---------------------------------------------------------------------- workers


def listeners(port: int) -> int:
    """How many sockets listen on the port."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    rows = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
    return sum(int(row[1].rpartition(":")[2], 16) == port and row[3] == "0A" for row in rows)


def descendants(process: int) -> set[int]:
    """Processes that it started, and those that these did."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    children = {int(each) for task in tasks for each in (task / "children").read_text().split()}
    return children.union(*(descendants(child) for child in children))


def alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def two_workers(launch: Launch, needs: Needs) -> Server:
    needs("workers")
    return launch("--workers", "2")


def test_two_workers_share_the_port_and_the_work_and_the_stop(
    two_workers: Server, centroids: NDArray[np.float64]
) -> None:
    assert two_workers.events[0]["workers"] == 2
    assert listeners(two_workers.port) >= 2
    row = doubles(4, 2)

    def ask(_: int) -> int:
        # The kernel gives each new connection to one of them by a hash: 32 reach both.
        with two_workers.stub() as stub:
            answer: int = stub.Predict(PredictRequest(features=row)).cluster_index
            return answer

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(ask, range(32)))
    assert_nearest(centroids, np.tile(row, (32, 1)), responses)
    assert_calls_in_flight_are_finished(two_workers)
    spread = two_workers.wait_for("stopped")["workers"]
    assert len(spread) == 2
    assert all(worker["requests"] > 0 and worker["cpu_seconds"] > 0 for worker in spread)
    # Its 32, and the batches that were in flight.
    assert sum(worker["requests"] for worker in spread) == 32 + 6


def test_workers_die_with_what_started_them_even_by_kill_9(two_workers: Server) -> None:
    workers = descendants(two_workers.process.pid)
    assert two_workers.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: not any(map(alive, workers)), f"some of {workers} live on")
    # A process counts as dead when its first thread is; its sockets go with the last.
    wait_until(lambda: listeners(two_workers.port) == 0, "the port is still listened on")


def test_a_worker_that_dies_ends_the_server_with_a_line(two_workers: Server) -> None:
    workers = descendants(two_workers.process.pid)
    if not workers:
        pytest.skip("its workers are threads: none can die alone")
    os.kill(min(workers), signal.SIGKILL)
    assert two_workers.process.wait(PATIENCE) == 1
    wait_until(lambda: not any(map(alive, workers)), f"some of {workers} live on")
    assert "SIGKILL" in two_workers.errors.read_text()
