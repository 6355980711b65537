"""A link to a unix socket that can be cut: its connections stay, and nothing passes any more."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Link:
    """Passes on what comes to `socket`, both ways, until it is cut."""

    def __init__(self, path: Path, target: Path) -> None:
        self.socket, self._target = path, target
        self._cut = threading.Event()
        self._ends: list[socket.socket] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Pass on nothing any more, and close nothing."""
        self._cut.set()

    def close(self) -> None:
        """Close all of it."""
        self._cut.set()
        for end in (self._listening, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.socket(socket.AF_UNIX)
                self._ends += [near, far]
                far.connect(str(self._target))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if self._cut.is_set():
                    return
                target.sendall(data)
            if not self._cut.is_set():
                target.shutdown(socket.SHUT_WR)


@contextmanager
def link(path: Path, target: Path) -> Iterator[Link]:
    """Lay a link from a socket at `path` to one at `target`."""
    made = Link(path, target)
    try:
        yield made
    finally:
        made.close()
