"""A lease on a container, which ends by itself soon after nobody feeds it any more.

Its one command reads its standard input: a connection that the lab keeps open, and writes a line
to every few seconds. It ends at that input's end, which is all that is left of a killed run, and
where no line came for the length of the lease, as when an engine died or hangs, or when the link
to it is cut: no connection need be closed for that. It is the first process of its PID namespace,
so the kernel ends all others there with it, at once: what was started by an exec, and containers
that joined the namespace. No socket of the engine and no signal of ours is needed.

The shell wakes for each line and at no other time, and starts no process: it uses some four
milliseconds of CPU in a minute, less than a hundredth of a percent.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.engine import engine_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docker.models.containers import Container

    from clusterbench.errors import LabError

#: How long what the lab started outlives its run at most.
LENGTH = Seconds(30.0)
#: Feeds per length: some may be late on a busy machine.
_FEEDS = 10

_WHILE_FED = 'while read -r -t "$1" _; do :; done'


def leased_command(length: Seconds) -> Mapping[str, Any]:
    """Return the SDK's options of a container that lives as long as its lease is fed.

    Its image must have bash, whose `read` knows a time limit.
    """
    return {
        "entrypoint": ["bash", "-c", _WHILE_FED, "lease"],
        "command": [f"{length:g}"],
        "stdin_open": True,
    }


class Lease:
    """Feeds a started container; `peer` is the engine's end of the connection."""

    def __init__(self, stdin: Any, length: Seconds) -> None:  # noqa: ANN401 - of several types
        self._stdin = stdin
        # A socket of its own, or wrapped in a file that can only be read.
        self._socket = getattr(stdin, "_sock", stdin)
        self.peer: object = self._socket.getpeername()
        self._every = length / _FEEDS
        self._one_at_a_time = threading.Lock()
        self._closed = threading.Event()
        self._feeder = threading.Thread(target=self._feed, name="lease", daemon=True)
        self._feeder.start()

    def broken(self) -> bool:
        """Return whether it can be fed no more."""
        return not self._fed()

    def close(self) -> None:
        """Feed it no more, and close the connection."""
        self._closed.set()
        self._feeder.join(self._every)
        with suppress(OSError):
            # The SDK hangs the answer on its socket: closing that closes both, in order.
            getattr(self._stdin, "_response", self._stdin).close()

    def _feed(self) -> None:
        while not self._closed.wait(self._every) and self._fed():
            pass

    def _fed(self) -> bool:
        """Feed it; return whether that could be done."""
        try:
            with self._one_at_a_time:
                self._socket.sendall(b"\n")
        except OSError:
            return False
        return True


@contextmanager
def leased(
    container: Container, length: Seconds, error: type[LabError], doing: str
) -> Iterator[Lease]:
    """Start a container made with `leased_command`, and feed it until the end of the `with`."""
    with engine_errors(error, doing):
        stdin = container.attach_socket(params={"stdin": 1, "stream": 1})
        container.start()
    lease = Lease(stdin, length)
    try:
        yield lease
    finally:
        lease.close()
