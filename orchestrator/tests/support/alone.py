"""The machine, which the workers of one pytest share, but for tests that need it alone."""

from __future__ import annotations

import fcntl
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper


class Machine:
    """Two locks that all workers of a run have open from their beginning to their end."""

    def __init__(self, run: str, folder: Path | None = None) -> None:
        """Open the locks of a run of pytest, by its name."""
        self._paths = [
            (folder or Path(tempfile.gettempdir())) / f"clusterbench-{run}.{each}"
            for each in ("door", "room")
        ]
        self._files = ExitStack()
        self._door, self._room = [self._files.enter_context(p.open("w")) for p in self._paths]

    def close(self) -> None:
        """Close the locks; the other workers keep theirs."""
        self._files.close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """Hold the machine beside the other workers, or without them.

        Who waits to be alone holds the door meanwhile: nobody enters before it, so that its turn
        comes. Locks are given back by name: what a test forked and left behind holds none.
        """
        with _locked(self._door, fcntl.LOCK_EX):
            fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)


@contextmanager
def _locked(file: TextIOWrapper, how: int) -> Iterator[None]:
    fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
