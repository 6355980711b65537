"""Starts each server of compose.yaml as a local process, as its `x-lab` says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import grpc
import numpy as np
import pytest
from centroids_pb2 import PredictRequest
from centroids_pb2_grpc import ClusteringServiceStub

from clusterbench.config.compose_file import Recipe, read_services, servers
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

BUILDS = ROOT / ".lab" / "build"
MODEL = ROOT / "data" / "model.json"
PATIENCE = 60.0
"""Seconds after which something that should have happened counts as not happening."""


def _recipes() -> dict[str, Recipe]:
    """Return how each server is built and started; what trains has a recipe too, and is none."""
    services = servers(read_services(ROOT / "compose.yaml"))
    return {name: each.recipe for name, each in services.items() if each.recipe is not None}


def _command(service: str) -> list[str]:
    places = {"{env}": str(BUILDS / service), "{cache}": str(BUILDS)}
    words = list(_recipes()[service].command)
    for place, path in places.items():
        words = [word.replace(place, path) for word in words]
    return words


def environment(**settings: str) -> dict[str, str]:
    """This process's environment, with a server's variables set as a test wants them."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("SERVER_")
    }
    ours = {"SERVER_HOST": "127.0.0.1", "SERVER_PORT": "0", "SERVER_MODEL": str(MODEL)}
    return inherited | ours | settings


@dataclass
class Server:
    """A server that runs; its log is read as it comes."""

    process: subprocess.Popen[str]
    errors: Path
    events: list[dict[str, Any]] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _ended: bool = False

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait_for(self, event: str) -> dict[str, Any]:
        """The first log line of that name; fails if the log ends or nothing comes."""
        with self._news:
            self._news.wait_for(lambda: self._ended or self._find(event) is not None, PATIENCE)
            found = self._find(event)
        if found is None:
            pytest.fail(f"no {event!r} in {self.events}; it said: {self.errors.read_text()}")
        return found

    def _find(self, event: str) -> dict[str, Any] | None:
        return next((each for each in self.events if each["event"] == event), None)

    @property
    def port(self) -> int:
        port: int = self.wait_for("listening")["port"]
        return port

    @contextmanager
    def channel(self) -> Iterator[grpc.Channel]:
        """A connection of its own, without bounds on messages."""
        options = [
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", -1),
            ("grpc.use_local_subchannel_pool", 1),
        ]
        with grpc.insecure_channel(f"127.0.0.1:{self.port}", options=options) as channel:
            yield channel

    @contextmanager
    def stub(self) -> Iterator[ClusteringServiceStub]:
        with self.channel() as channel:
            yield ClusteringServiceStub(channel)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class Launch(Protocol):
    """Starts a server that lives until the test's end, and waits until it serves."""

    def __call__(self, *options: str, settings: Mapping[str, str] | None = None) -> Server: ...


class Refusal(Protocol):
    """Runs a server that is to refuse; gives its exit code, output, and lines of errors."""

    def __call__(
        self, *options: str, settings: Mapping[str, str] | None = None
    ) -> tuple[int, str, list[str]]: ...


@contextmanager
def _running(
    service: str, folder: Path, options: Sequence[str], settings: Mapping[str, str]
) -> Iterator[Server]:
    errors = folder / f"{service}.stderr"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [*_command(service), *options],
            cwd=folder,
            env=environment(**settings),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
    server = Server(process, errors)
    reader = threading.Thread(target=server.read)
    reader.start()
    try:
        server.wait_for("serving")
        yield server
    finally:
        with suppress(ProcessLookupError):
            # Its workers too, should it have left any.
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module", params=list(_recipes()))
def service(request: pytest.FixtureRequest) -> str:
    """Each server of compose.yaml in turn; one that is not built is skipped."""
    name: str = request.param
    program = Path(_command(name)[0])
    if not program.is_file():
        pytest.skip(f"{name} is not built: there is no {program}")
    return name


#: What the edition of 2019 does not offer.
LACKING = {
    "sklearn-grpc-2019": {"workers"},
    "linfa-py-grpc-2019": {"workers"},
    "rust-tonic-2019": {"workers", "reflection"},
}


@pytest.fixture
def needs(service: str) -> Callable[[str], None]:
    """Skip what the service does not offer, since its edition did not."""

    def check(part: str) -> None:
        if part in LACKING.get(service, ()):
            pytest.skip(f"{service} offers no {part}")

    return check


@pytest.fixture(scope="module")
def server(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for many tests: whatever they send it, it answers after, and stops as told."""
    with _running(service, tmp_path_factory.mktemp(service), [], {}) as running:
        yield running
        with running.stub() as stub:
            stub.Predict(PredictRequest(features=[1.0, 2.0]), timeout=PATIENCE)
        assert running.stop() == 0
        assert running.errors.read_text() == ""


@pytest.fixture
def stub(server: Server) -> Iterator[ClusteringServiceStub]:
    with server.stub() as stub:
        yield stub


@pytest.fixture
def launch(service: str, tmp_path: Path) -> Iterator[Launch]:
    with ExitStack() as stack:

        def start(*options: str, settings: Mapping[str, str] | None = None) -> Server:
            return stack.enter_context(_running(service, tmp_path, options, settings or {}))

        yield start


@pytest.fixture
def refusal(service: str, tmp_path: Path) -> Refusal:
    def run(*options: str, settings: Mapping[str, str] | None = None) -> tuple[int, str, list[str]]:
        done = subprocess.run(
            [*_command(service), *options],
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
