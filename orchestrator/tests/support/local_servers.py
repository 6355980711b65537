"""Servers of compose.yaml as local processes, started as their `x-lab` says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import grpc
import pytest
from centroids_pb2_grpc import ClusteringServiceStub

from clusterbench.config.compose_file import Recipe, read_services, servers
from clusterbench.local.build import cache_of
from clusterbench.runtime.environments import clean_environment
from support.contract import MODEL, PATIENCE
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


BUILDS = cache_of(ROOT)


def recipes() -> dict[str, Recipe]:
    """Return how each server is built and started; what trains has a recipe too, and is none."""
    services = servers(read_services(ROOT / "compose.yaml"))
    return {name: each.recipe for name, each in services.items() if each.recipe is not None}


def command_of(service: str) -> list[str]:
    """Return the words that start a server that was built."""
    places = {"{env}": str(BUILDS / service), "{cache}": str(BUILDS)}
    words = list(recipes()[service].command)
    for place, path in places.items():
        words = [word.replace(place, path) for word in words]
    return words


def environment(**settings: str) -> dict[str, str]:
    """The environment of a measured server, with its variables set as a test wants them."""
    ours = {"SERVER_HOST": "127.0.0.1", "SERVER_PORT": "0", "SERVER_MODEL": str(MODEL)}
    return clean_environment(ours, settings)


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
            ("grpc.enable_http_proxy", 0),
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
def running(
    service: str, folder: Path, options: Sequence[str], settings: Mapping[str, str]
) -> Iterator[Server]:
    """Start a server, wait until it serves, and kill it with all its workers at the end."""
    errors = folder / f"{service}.stderr"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [*command_of(service), *options],
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
