"""What a long run says: a live line on a terminal, plain lines in a log; never silent for long."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from clusterbench.bench.time_left import TimeLeft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

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
    """Prints what goes on, how far it is and how long it still takes.

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
        self._last = ""

    def say(self, text: str) -> None:
        """Print a line that stays."""
        if not self.quiet:
            self.end(text)

    def measured(self, text: str) -> None:
        """Print a line that stays, of a figure; the live line shows it until the next."""
        self._last = " ".join(text.split())
        self.say(text)

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

    def grows(self, seconds: Seconds | float) -> None:
        """Plan so much more time (s): for what is run again."""
        self._left.grows(seconds)

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
        shown = Live(self._bar(what, 0.0), console=self._console, transient=True) if live else None

        def tell() -> None:
            while not ended.wait(0.5):
                passed = self._now() - began
                if shown is not None:
                    shown.update(self._bar(what, passed))
                elif self._now() - max(self._spoke, began) >= HEARTBEAT:
                    so_far = f"{clock(passed)} so far, about {self.left_words} left"
                    self.say(f"    ... {what}: {so_far}")

        def tell_while_possible() -> None:
            # Where nothing can be printed any more, the step's own thread is who says so.
            with suppress(OSError):
                tell()

        teller = threading.Thread(target=tell_while_possible, daemon=True)
        teller.start()
        try:
            with shown or nullcontext():
                yield
        finally:
            ended.set()
            teller.join()

    def _bar(self, what: str, passed: float) -> RenderableType:
        """Return what a terminal shows of a step: all that is done as a bar, and the last figure.

        `passed` is how long the step has gone on (s).
        """
        share = self._left.share
        done = ProgressBar(total=1.0, completed=share or 0.0, pulse=share is None, width=20)
        left = "" if share is None else f"{share:.0%}, about {self.left_words} left"
        row = Table.grid(padding=(0, 1))
        row.add_row(done, Text(left, no_wrap=True), Text(clock(passed), style="dim"))
        lines = [what, *([f"last: {self._last}"] if self._last else [])]
        return Group(row, *(Text(f"  {each}", no_wrap=True, overflow="ellipsis") for each in lines))
