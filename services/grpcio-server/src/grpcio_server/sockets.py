"""Ports: that nobody else listens there, and keeping one for workers to share."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from grpcio_server.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


def probe(host: str, port: int) -> None:
    """Raise UsageError unless this process alone could listen there now.

    gRPC by itself would share a port with any other gRPC server, silently.
    """
    with _bound(host, port, shared=False):
        pass


@contextmanager
def reserved(host: str, port: int) -> Iterator[int]:
    """Hold a port for workers to share by SO_REUSEPORT, and yield its number.

    The socket held never listens, so the kernel gives it no connection; 0 takes a free port.
    Raises UsageError if a stranger has it.
    """
    probe(host, port)
    with _bound(host, port, shared=True) as holder:
        yield holder.getsockname()[1]


def address(host: str, port: int) -> str:
    """Host and port as gRPC takes them: an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def _bound(host: str, port: int, *, shared: bool) -> socket.socket:
    with ExitStack() as unless_bound:
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(
                host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            holder = unless_bound.enter_context(socket.socket(family, kind, protocol))
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared:
                holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind(where)
        except OSError as error:
            stop = "stop what has it, or " if error.errno == errno.EADDRINUSE else ""
            raise UsageError(
                f"cannot listen on {address(host, port)}: {error.strerror or error}; "
                f"{stop}choose another with --host and --port"
            ) from error
        unless_bound.pop_all()
        return holder
