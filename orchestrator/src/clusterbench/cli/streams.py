"""Standard input, output and error where one is closed, full, or a pipe that nobody reads.

Standard library only.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_INPUT, _OUTPUT, _ERROR = range(3)

_PLAIN = "clusterbench.plain"
_PLAIN_WORDS = {"µ": "u", "×": "x", "±": "+/-", "–": "-", "—": "-", "≥": ">=", "≤": "<="}  # noqa: RUF001


class WatchedOutput(io.FileIO):
    """A file that keeps the error of its last failed write: not everybody who prints raises it."""

    failure: OSError | None = None

    def write(self, content: ReadableBuffer, /) -> int:
        """Write, as a file does."""
        try:
            return super().write(content)
        except OSError as error:
            self.failure = error
            raise


def watch_output() -> WatchedOutput | None:
    """Have standard output watched, and return it; None where it is no file of this process."""
    printed = sys.stdout
    if printed is not sys.__stdout__ or not isinstance(printed, io.TextIOWrapper):
        return None
    printed.flush()
    watched = WatchedOutput(printed.fileno(), "w", closefd=False)
    sys.stdout = io.TextIOWrapper(
        # PYTHONUNBUFFERED has it written through at once.
        watched if printed.write_through else io.BufferedWriter(watched),
        encoding=printed.encoding,
        errors=printed.errors,
        line_buffering=printed.line_buffering,
        write_through=printed.write_through,
    )
    return watched


def write_plain_letters() -> None:
    """Have letters that the terminal's encoding lacks written by plain ones, not refused."""
    codecs.register_error(_PLAIN, _plainly)
    for stream in (sys.stdout, sys.stderr):
        if stream in {sys.__stdout__, sys.__stderr__} and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_PLAIN)


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what stands for a letter, and where to go on. A byte of a file's name is itself."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letter, after = error.object[error.start], error.start + 1
    if "\udc80" <= letter <= "\udcff":
        return bytes([ord(letter) - 0xDC00]), after
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return _PLAIN_WORDS.get(letter, plain or "?"), after


def open_closed_ones() -> bool:
    """Open to nowhere those that are closed; return whether standard output was open.

    The next file that is opened would take the number of one that is closed, and what children
    print would go into that file.
    """
    was_open = sys.stdout is not None
    while (number := os.open(os.devnull, os.O_RDWR)) <= _ERROR:
        os.set_inheritable(number, True)  # noqa: FBT003 - the only argument it has
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(_INPUT, "r", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(_OUTPUT, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(_ERROR, "w", closefd=False)
    return was_open


def mute(stream: TextIO) -> None:
    """Lead a stream to nowhere from now on, with what it still holds."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
