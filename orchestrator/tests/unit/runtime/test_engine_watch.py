"""An engine that answers nothing counts as lost, and nobody waits on it any more."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.engine import wait_until
from clusterbench.runtime.docker.engine_watch import EngineWatch, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

SOON = Seconds(10.0)


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection to a socket with a name, as an engine's is."""
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as near:
        listening.bind(str(tmp_path / "engine.sock"))
        listening.listen()
        near.connect(str(tmp_path / "engine.sock"))
        far, _ = listening.accept()
        with far:
            yield near, far


class Api:
    """An engine's API that answers pings while it is there."""

    def __init__(self) -> None:
        self.timeout, self.base_url, self.there = 120.0, "http+docker://localhost", True
        self.asked: list[str] = []

    def get(self, url: str, timeout: float) -> Any:
        self.asked.append(url)
        if not self.there:
            raise requests.ReadTimeout(f"nothing within {timeout} s")
        return SimpleNamespace(ok=True)


def open_files() -> set[str]:
    return {entry.name for entry in Path("/dev/fd").iterdir()}


def watch(api: Api, patience: float = 0.2) -> EngineWatch:
    client: Any = SimpleNamespace(api=api)
    return EngineWatch(client, Seconds(patience))


def test_who_waits_on_a_connection_that_is_cut_is_told_and_nobody_else_is(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    near, _far = ends
    one, other = socket.socketpair()
    with one, other:
        received: list[bytes] = []
        waits = threading.Thread(target=lambda: received.append(near.recv(1)), daemon=True)
        waits.start()
        before = open_files()
        cut(near.getpeername())
        waits.join(SOON)
        assert received == [b""]
        assert open_files() <= before
        other.sendall(b"x")
        assert one.recv(1) == b"x"


def test_an_engine_that_answers_is_not_lost() -> None:
    api = Api()
    made = watch(api)
    with made.watching():
        assert wait_until(lambda: len(api.asked) > 10, SOON)
        assert not made.lost
        assert api.timeout == 120.0
    assert set(api.asked) == {"http+docker://localhost/_ping"}


def test_one_that_does_not_is_lost_and_its_connections_end(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    near, _far = ends
    api = Api()
    made = watch(api)
    made.peer = near.getpeername()
    with made.watching():
        api.there = False
        near.settimeout(SOON)
        assert near.recv(1) == b""
        assert made.lost
        assert api.timeout < 10.0
        assert not made.answers()
        api.there = True
        assert made.answers()
        assert not made.lost
        assert api.timeout == 120.0


def test_calls_have_their_usual_time_again_after_the_watch() -> None:
    api = Api()
    api.there = False
    made = watch(api)
    with made.watching():
        assert wait_until(lambda: made.lost, SOON)
    assert api.timeout == 120.0
