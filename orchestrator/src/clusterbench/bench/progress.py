"""What a long run says: a live line on a terminal, plain lines in a log; never silent for long."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    `expected` is the estimated wall time of the whole (s). Time left follows what the work done
    so far really took. A quiet one prints warnings and the last line (`end`) alone.
    """

    def __init__(
        self,
        expected: Seconds | float = 0.0,
        console: Console | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        self.quiet = quiet
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._expected = float(expected)
        self._planned_done = 0.0
        self._began = time.monotonic()
        self._spoke = self._began

    def say(self, text: str) -> None:
        """Print a line that stays."""
        if not self.quiet:
            self.end(text)

    def end(self, text: str) -> None:
        """Print a line that stays, even where quiet."""
        self._console.print(text, markup=False)
        self._spoke = time.monotonic()

    def warn(self, text: str) -> None:
        """Print a line that stays, as a warning."""
        self._console.print(f"warning: {text}", style="yellow", markup=False)
        self._spoke = time.monotonic()

    def expect(self, seconds: Seconds | float) -> None:
        """Begin to count towards so much planned time (s)."""
        self._expected, self._planned_done = float(seconds), 0.0
        self._began = time.monotonic()

    def done(self, planned: float) -> None:
        """Count work as done that was planned to take so long (s)."""
        self._planned_done = min(self._expected, self._planned_done + planned)

    @property
    def left(self) -> float:
        """Return the time left (s): what is planned still, at the pace so far."""
        elapsed = time.monotonic() - self._began
        pace = elapsed / self._planned_done if self._planned_done > 0 else 1.0
        return (self._expected - self._planned_done) * min(max(pace, 0.5), 3.0)

    @property
    def left_words(self) -> str:
        """Return the time left as 12:30."""
        return clock(self.left)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show that something goes on, until the `with` ends."""
        ended = threading.Event()
        began = time.monotonic()
        live = self._console.is_terminal and not self.quiet
        status = Status(what, console=self._console) if live else None

        def line() -> str:
            passed = clock(time.monotonic() - began)
            return f"{what}: {passed} so far, about {clock(self.left)} left"

        def tell() -> None:
            while not ended.wait(0.5):
                if status is not None:
                    status.update(line())
                elif time.monotonic() - max(self._spoke, began) >= HEARTBEAT:
                    self.say(f"    ... {line()}")

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            with status or nullcontext():
                yield
        finally:
            ended.set()
            teller.join()
