"""A command in the load generators' container that is told what to do line by line."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from clusterbench.errors import GeneratorFailed, first_counts
from clusterbench.runtime.command_results import ended
from clusterbench.runtime.docker.container_command import ENDS_WITHIN, ContainerCommand
from clusterbench.runtime.line_dialogue import LineDialogue

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_ONCE = 1 << 16
#: The engine's frames (its API, "Attach to a container"): stream, three zeros, length, content.
_HEADER, _STDOUT = 8, 1


@contextmanager
def attached(command: ContainerCommand) -> Iterator[LineDialogue]:
    """Talk with a command that has an input; it is killed at the end. See `port.Dialogue`."""
    answer: Any = command.started
    # A socket of its own, or wrapped in a file that can only be read.
    link = getattr(answer, "_sock", answer)
    link.settimeout(None)
    stderr = bytearray()

    def failed(why: str | None) -> GeneratorFailed:
        if why is None and (status := command.exit_status()) is not None:
            why = f"ended in mid-dialogue, {ended(status)}"
        said = bytes(stderr).decode("utf-8", "replace")
        return GeneratorFailed(f"{command.name} {why or 'closed its output'}", said)

    dialogue = LineDialogue(write=link.sendall, chunks=_stdout(link, stderr), failed=failed)
    try:
        with suppress(OSError):  # whoever asks it something will hear of that
            link.sendall(b"\n")  # which it waits for
        yield dialogue
    finally:
        with first_counts():
            try:
                command.end()
            finally:
                with suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
                dialogue.over(ENDS_WITHIN)
                with suppress(OSError):
                    # The SDK hangs the answer on its socket: closing that closes both, in order.
                    getattr(answer, "_response", answer).close()


def _stdout(link: socket.socket, stderr: bytearray) -> Iterator[bytes]:
    """Return what is written to the standard output, until its end; `stderr` takes the rest."""
    held = b""
    while chunk := link.recv(_AT_ONCE):
        held += chunk
        while len(held) >= _HEADER:
            until = _HEADER + int.from_bytes(held[4:_HEADER], "big")
            if len(held) < until:
                break
            content, which, held = held[_HEADER:until], held[0], held[until:]
            if which == _STDOUT:
                yield content
            else:
                stderr.extend(content)
