"""Watches an engine during a run, so that one that died or hangs is known soon.

A busy engine may take a minute to create a container, so calls have that much time; but any
engine that lives answers a ping. One that has answered none for `patience` counts as lost. Every
connection to it is cut then, so that whatever waits on one fails at once: calls under way, and
streams that would never end.
"""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docker

#: How long an engine may answer nothing before it counts as lost.
PATIENCE = Seconds(10.0)
_EVERY = Seconds(2.0)
_HURRY = Seconds(1.0)
"""What a call to a lost engine is given, in which it would rather fail."""


class EngineWatch:
    """Pings an engine from a thread; `lost` is set while it answers nothing.

    `peer` is the engine's end of a connection to it.
    """

    def __init__(self, client: docker.DockerClient, patience: Seconds = PATIENCE) -> None:
        self._api, self._patience = client.api, patience
        self._unhurried = client.api.timeout
        self.lost = False
        self.peer: object = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch until the end of the `with`."""
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(over,), name="watch", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join(self._patience)
            self._api.timeout = self._unhurried

    def answers(self) -> bool:
        """Ask the engine now; one that answers is not lost (any more)."""
        there = self._ping(_HURRY if self.lost else self._patience)
        if there:
            self.lost, self._api.timeout = False, self._unhurried
        return there

    def _watch(self, over: threading.Event) -> None:
        answered = time.monotonic()
        while not over.wait(min(_EVERY, self._patience / 5)):
            left = answered + self._patience - time.monotonic()
            # At least a moment, for this process may have been stopped itself.
            if self._ping(max(_HURRY, min(left, self._patience / 2))):
                answered = time.monotonic()
            elif time.monotonic() >= answered + self._patience and not over.is_set():
                self.lost, self._api.timeout = True, _HURRY
                cut(self.peer)

    def _ping(self, within: Seconds | float) -> bool:
        with suppress(requests.RequestException, OSError):
            return bool(self._api.get(f"{self._api.base_url}/_ping", timeout=within).ok)
        return False


def cut(peer: object) -> None:
    """Shut down every connection of this process to `peer`, whoever waits on it."""
    for entry in Path("/dev/fd").iterdir():
        with suppress(OSError):  # some are closed by now, and some have no peer
            open_file = int(entry.name)
            if not stat.S_ISSOCK(os.fstat(open_file).st_mode):
                continue
            with socket.socket(fileno=os.dup(open_file)) as end:
                if peer and end.getpeername() == peer:
                    end.shutdown(socket.SHUT_RDWR)
