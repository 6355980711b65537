"""What a long run says: a live line on a terminal, plain lines in a log; never silent for long."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status

from clusterbench.bench.time_left import TimeLeft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterbench.model.units import Seconds

#: In a plain log, a step that says nothing for so long is mentioned again (s).
HEARTBEAT = 5.0


def clock(seconds: float) -> str:
    """Write a duration as 0:05, 12:30 or 1:02:03."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Progress:
    """Says what goes on, how far it is and how long it still takes.

    `expected` is the estimated wall time of the whole (s), and `now` a clock (s). A quiet one
    prints warnings and the last line (`end`) alone.
    """

    def __init__(
        self,
        expected: Seconds | float = 0.0,
        console: Console | None = None,
        *,
        quiet: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.quiet = quiet
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._now = now
        self._left = TimeLeft(expected, now)
        self._spoke = now()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        if not self.quiet:
            self.end(text)

    def end(self, text: str) -> None:
        """Print a line that stays, even where quiet."""
        self._console.print(text, markup=False)
        self._spoke = self._now()

    def warn(self, text: str) -> None:
        """Print a line that stays, as a warning."""
        self._console.print(f"warning: {text}", style="yellow", markup=False)
        self._spoke = self._now()

    def expect(self, seconds: Seconds | float) -> None:
        """Begin to count towards so much planned time (s)."""
        self._left.expect(seconds)

    def remains(self, seconds: Seconds | float) -> None:
        """Set how much planned time is left (s), where failed work took less than its plan."""
        self._left.remains(seconds)

    @property
    def left(self) -> float:
        """Return the time left (s)."""
        return self._left.seconds

    @property
    def left_words(self) -> str:
        """Return the time left as 12:30."""
        return clock(self.left)

    @contextmanager
    def step(self, what: str, planned: Seconds | float) -> Iterator[None]:
        """Show that something goes on, planned to take so long (s), until the `with` ends."""
        self._left.begin(planned)
        failed = True
        try:
            with self._shown(what):
                yield
            failed = False
        finally:
            self._left.end(failed=failed)

    @contextmanager
    def _shown(self, what: str) -> Iterator[None]:
        """Show a step and how far it is: at once on a terminal, now and then in a log."""
        ended = threading.Event()
        began = self._now()
        live = self._console.is_terminal and not self.quiet
        status = Status(what, console=self._console) if live else None

        def line() -> str:
            passed = clock(self._now() - began)
            return f"{what}: {passed} so far, about {self.left_words} left"

        def tell() -> None:
            while not ended.wait(0.5):
                if status is not None:
                    status.update(line())
                elif self._now() - max(self._spoke, began) >= HEARTBEAT:
                    self.say(f"    ... {line()}")

        def tell_while_possible() -> None:
            # Where nothing can be printed any more, the step's own thread is who says so.
            with suppress(OSError):
                tell()

        teller = threading.Thread(target=tell_while_possible, daemon=True)
        teller.start()
        try:
            with status or nullcontext():
                yield
        finally:
            ended.set()
            teller.join()
