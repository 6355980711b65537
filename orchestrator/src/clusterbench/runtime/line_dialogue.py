"""Lines to a command and back, whatever carries them."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterbench.errors import LabError
    from clusterbench.model.units import Seconds


class LineDialogue:
    """Writes lines and reads lines: implements `port.Dialogue`.

    `write` takes bytes; `chunks` are the bytes that come back, as they come, until the command's
    end. `failed` returns the error to raise: it is given why the dialogue cannot go on, None where
    the command has ended. A thread reads, so that nothing that was written is ever in the way.
    """

    def __init__(
        self,
        *,
        write: Callable[[bytes], None],
        chunks: Iterator[bytes],
        failed: Callable[[str | None], LabError],
    ) -> None:
        self._write, self._failed = write, failed
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(chunks,), daemon=True)
        self._reader.start()

    def ask(self, line: str, timeout: Seconds) -> str:
        """Write a line and return the one that it answers; see `port.Dialogue`."""
        try:
            self._write(f"{line}\n".encode())
        except OSError as error:
            raise self._failed(None) from error
        return self.heard(timeout)

    def heard(self, timeout: Seconds) -> str:
        """Return the next line; see `port.Dialogue`."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty as error:
            raise self._failed(f"said nothing for {timeout:g} s") from error
        if line is None:
            self._lines.put(None)  # it stays ended, however often it is asked
            raise self._failed(None)
        return line

    def over(self, timeout: Seconds) -> bool:
        """Wait for the end of what it writes; return whether it came within `timeout` (s)."""
        self._reader.join(timeout)
        return not self._reader.is_alive()

    def _read(self, chunks: Iterator[bytes]) -> None:
        rest = b""
        try:
            for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._lines.put(line.decode("utf-8", "replace"))
        except OSError:
            pass  # whoever ended it closed what carried it
        finally:
            self._lines.put(None)
