"""The program grpc-load on real servers: tonic's, grpcio's, and grpc-go's own interop server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import centroids_pb2 as pb
import centroids_pb2_grpc as pb_grpc
import grpc
import numpy as np
import pytest
from grpc_reflection.v1alpha import reflection

from clusterbench.config.data_folder import read_data
from clusterbench.load.generator import Right
from clusterbench.load.generators.right_responses import right_responses
from clusterbench.model.experiment import Method
from clusterbench.runtime.environments import clean_environment
from support.contract import PATIENCE
from support.interop_server import INTEROP, certificates, interop_server, running_interop
from support.local_servers import BUILDS, command_of, running
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process

PROGRAM = BUILDS / "grpc-load" / "bin" / "grpc-load"
INTEROP_NAME = "grpc-go"
SERVERS = ("rust-tonic", "sklearn-grpc", INTEROP_NAME)

#: The ends of a request that are no status.
ENDS = (
    "ok", "wrong", "malformed", "reset", "refused", "lost", "expired", "unanswered", "not_sent",
)  # fmt: skip
CLOSED = ("--concurrency", "4", "--connections", "2")
OPEN = ("--rate", "200", "--arrivals", "constant", "--connections", "2")
RATE = 200


class OneCluster(pb_grpc.ClusteringServiceServicer):  # type: ignore[misc, unused-ignore]
    """Answers each request with one and the same cluster."""

    def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's own
        """Return a response."""
        return pb.PredictResponse(cluster_index=1)

    def PredictBatch(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's own name
        """Refuse: nothing here asks for it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server that runs, and what is asked of it."""

    process: subprocess.Popen[Any]
    port: int
    method: str
    types: tuple[str, ...]
    requests: Path
    right: Path
    bad: Path

    def connections(self) -> int:
        """Return how many connections to it are open, on this machine."""
        to = f":{self.port:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[2].endswith(to) and row[3] == "01" for row in rows)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it and all its workers for a while."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """A load that runs; its requests are listed in `samples`."""

    process: subprocess.Popen[str]
    samples: Path

    def result(self) -> Any:
        """Wait for its end and return what it said: each request that was due, once."""
        out, errors = self.process.communicate(timeout=PATIENCE)
        # On a busy machine it may say that it was late itself: what it counts is right then too.
        assert self.process.returncode in {0, 3}, errors
        result = json.loads(out)
        assert result["asked"]["load"]["kind"] == "open" or not result["spoiled"]
        counts = result["all"]
        ends = sum(counts[end] for end in ENDS) + sum(counts["statuses"].values())
        assert ends == counts["scheduled"] == len(self.due())
        return result

    def due(self) -> list[int]:
        """Return when each request was due, in order (ns since the start)."""
        with self.samples.open("rb") as file:
            header = json.loads(file.readline())
        fields = [(name, kind) for name, kind in header["fields"]]
        records = np.fromfile(self.samples, np.dtype(fields), offset=header["header_bytes"])
        return sorted(map(int, records[fields[0][0]]))


def require_program() -> None:
    if not PROGRAM.is_file():
        pytest.skip(f"grpc-load is not built: there is no {PROGRAM}")


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Target]:
    require_program()
    requests, right, bad = (folder / f"{part}.json" for part in ("requests", "right", "bad"))
    if name == INTEROP_NAME:
        bad.write_text('{"response_status": {"code": 3, "message": "as it was asked"}}')
        with running_interop(folder) as (process, port):
            yield Target(
                process=process, port=port, method="grpc.testing.TestService/UnaryCall",
                types=("--proto", str(INTEROP / "test.proto")),
                requests=INTEROP / "requests.json", right=INTEROP / "responses.json", bad=bad,
            )  # fmt: skip
        return
    if not Path(command_of(name)[0]).is_file():
        pytest.skip(f"{name} is not built: there is no {command_of(name)[0]}")
    data = read_data(ROOT / "data")
    requests.write_bytes((ROOT / "data" / "observations.json").read_bytes())
    right.write_bytes(right_responses(data, Method.PREDICT, Right.NEAREST))
    bad.write_text('{"features": [1.0]}')
    with running(name, folder, [], {}) as server:
        # It tells its types by reflection.
        yield Target(
            process=server.process, port=server.port, method="ml.ClusteringService/Predict",
            types=(), requests=requests, right=right, bad=bad,
        )  # fmt: skip


@pytest.fixture(scope="module", params=SERVERS)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving(request.param, tmp_path_factory.mktemp("server")) as started:
        yield started


def start(target: Target, samples: Path, *words: str) -> Loading:
    """Start a load of the right requests, of which each response is compared."""
    data = ("--data", str(target.requests), "--expect", str(target.right))
    return _start(target, samples, *data, *words)


def _start(target: Target, samples: Path, *words: str) -> Loading:
    process = subprocess.Popen(
        [
            PROGRAM, f"127.0.0.1:{target.port}", target.method, *target.types, *words,
            "--quiet", "--output", "-", "--samples", samples,
        ],
        env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    return Loading(process=process, samples=samples)


def both(target: Target, folder: Path, *words: str) -> tuple[Loading, Loading]:
    """Start an open loop and a closed one beside it, and wait until both go on."""
    opened = start(target, folder / "open", *OPEN, *words)
    closed = start(target, folder / "closed", *CLOSED, *words)
    under_way(target, connections=4)
    return opened, closed


def under_way(target: Target, *, connections: int) -> None:
    """Wait until loads have their connections, and requests go over them."""
    until = time.monotonic() + PATIENCE
    while target.connections() < connections:
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.7)


@pytest.mark.parametrize("loop", [CLOSED, OPEN], ids=["closed", "open"])
def test_every_response_is_the_right_one(
    target: Target, tmp_path: Path, loop: tuple[str, ...]
) -> None:
    load = start(target, tmp_path / "samples", *loop, "--duration", "1s")
    result = load.result()
    assert result["all"]["ok"] == result["all"]["scheduled"] >= 4
    assert result["asked"]["expected"]
    if loop is OPEN:
        assert load.due() == [each * 1_000_000_000 // RATE for each in range(RATE)]


def test_responses_that_are_not_the_expected_ones_are_wrong(target: Target, tmp_path: Path) -> None:
    right = json.loads(target.right.read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps(right[1:] + right[:1]))
    words = ("--data", str(target.requests), "--expect", str(other), "--duration", "500ms")
    counts = _start(target, tmp_path / "samples", *CLOSED, *words).result()["all"]
    assert counts["wrong"] > 0
    assert counts["wrong"] + counts["ok"] == counts["scheduled"]


def test_a_bad_request_is_counted_by_the_name_of_its_status(target: Target, tmp_path: Path) -> None:
    words = ("--data", str(target.bad), "--duration", "500ms")
    counts = _start(target, tmp_path / "samples", *CLOSED, *words).result()["all"]
    assert counts["statuses"] == {"INVALID_ARGUMENT": counts["scheduled"]}
    assert counts["answered"] == counts["scheduled"] >= 4


def test_requests_past_their_deadline_are_counted_as_such(target: Target, tmp_path: Path) -> None:
    words = ("--duration", "3s", "--deadline", "100ms")
    load = start(target, tmp_path / "samples", *OPEN, *words)
    under_way(target, connections=2)
    with target.stopped():
        time.sleep(1)
    counts = load.result()["all"]
    assert counts["expired"] + counts["statuses"].get("DEADLINE_EXCEEDED", 0) > 0
    assert counts["ok"] > 0
    assert counts["wrong"] == counts["malformed"] == 0


def test_a_server_that_stops_for_a_second_shows_in_an_open_loop_and_hides_in_a_closed_one(
    target: Target, tmp_path: Path
) -> None:
    opened, closed = both(target, tmp_path, "--duration", "5s")
    with target.stopped():
        time.sleep(1)
    results = [load.result() for load in (opened, closed)]
    for result in results:
        assert result["all"]["ok"] == result["all"]["scheduled"]
    open_p99, closed_p99 = (result["latency"]["p99"] for result in results)
    assert open_p99 > 0.6
    assert closed_p99 < open_p99 / 2


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_ends_in_mid_load_loses_no_request_and_hangs_nothing(
    name: str, tmp_path: Path
) -> None:
    with serving(name, tmp_path) as target:
        opened, closed = both(target, tmp_path, "--duration", "3s", "--drain", "300ms")
        target.process.send_signal(signal.SIGTERM)
        target.process.wait(PATIENCE)
        counts = opened.result()["all"]
        assert opened.due() == [each * 1_000_000_000 // RATE for each in range(3 * RATE)]
        assert 0 < counts["ok"] < counts["scheduled"]
        assert closed.result()["all"]["ok"] > 0
        assert counts["wrong"] == counts["malformed"] == 0


def test_a_server_without_reflection_is_named_with_what_to_give(tmp_path: Path) -> None:
    with serving(INTEROP_NAME, tmp_path) as target:
        done = subprocess.run(
            [PROGRAM, "--rate", "10", f"127.0.0.1:{target.port}", target.method],
            env=clean_environment(), capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
    assert done.returncode == 2
    assert "grpc.testing.TestService by reflection" in done.stderr
    assert "give --proto" in done.stderr


def test_tls_is_spoken_with_a_server_whose_certificate_is_trusted_and_with_no_other(
    tmp_path: Path,
) -> None:
    require_program()
    interop_server()  # Skips where it cannot be built, before go is asked for certificates.
    there = certificates()
    pair = ("-tls_cert_file", str(there / "server1.pem"), "-tls_key_file")
    with running_interop(tmp_path, "-use_tls", *pair, str(there / "server1.key")) as (_, port):

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [
                    PROGRAM, *OPEN, "--duration", "500ms", *words,
                    f"127.0.0.1:{port}", "grpc.testing.TestService/EmptyCall",
                    "--proto", INTEROP / "test.proto", "--output", "-", "--quiet",
                ],
                env=clean_environment(), capture_output=True, text=True, check=False,
                timeout=PATIENCE,
            )  # fmt: skip

        trusted = ("--cacert", str(there / "ca.pem"))
        good = run(*trusted, "--authority", "foo.test.google.fr")
        assert good.returncode in {0, 3}, good.stderr
        counts = json.loads(good.stdout)["all"]
        assert counts["ok"] == counts["scheduled"] == RATE / 2
        for words, said in (
            ((*trusted, "--authority", "another.name"), "certificate"),
            ((), "--tls"),
        ):
            bad = run(*words)
            assert bad.returncode == 1
            assert f"127.0.0.1:{port}" in bad.stderr
            assert said in bad.stderr


def test_a_server_tells_its_types_by_reflection_over_tls_too(tmp_path: Path) -> None:
    require_program()
    there = certificates()
    with secured(there) as port:
        done = subprocess.run(
            [
                PROGRAM, *CLOSED, "--duration", "300ms", f"127.0.0.1:{port}",
                "ml.ClusteringService/Predict", "--data", ROOT / "data" / "observations.json",
                "--cacert", there / "ca.pem", "--authority", "foo.test.google.fr",
                "--output", "-", "--quiet",
            ],
            env=clean_environment(), capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["asked"]["tls"]
    assert result["all"]["ok"] == result["all"]["scheduled"] > 0


@contextmanager
def secured(certificates: Path) -> Iterator[int]:
    """Serve the contract with reflection over TLS, on the port that is given."""
    served = grpc.server(ThreadPoolExecutor(2))
    pb_grpc.add_ClusteringServiceServicer_to_server(OneCluster(), served)
    names = ("ml.ClusteringService", reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, served)
    key, certificate = ((certificates / f"server1.{kind}").read_bytes() for kind in ("key", "pem"))
    credentials = grpc.ssl_server_credentials([(key, certificate)])
    port = served.add_secure_port("127.0.0.1:0", credentials)
    served.start()
    try:
        yield port
    finally:
        served.stop(None).wait()
