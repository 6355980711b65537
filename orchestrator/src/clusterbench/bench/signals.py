"""SIGTERM ends a run as Ctrl-C does: what was started is stopped, what was measured is kept.

Standard library only: `./lab` imports this before any environment exists.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object]


@contextmanager
def handled(numbers: Iterable[int], handler: Handler) -> Iterator[None]:
    """Have signals handled, until the `with` ends.

    One that was ignored stays ignored: whoever started this process wants it so (`nohup`, a job
    in the background of a script).
    """
    before = {
        number: signal.signal(number, handler) for number in numbers if not is_ignored(number)
    }
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def is_ignored(number: int) -> bool:
    """Return whether this process ignores a signal."""
    return signal.getsignal(number) is signal.SIG_IGN


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt, with its number, at the first SIGTERM or SIGINT.

    Later ones do not disturb the end.
    """
    numbers = (signal.SIGTERM, signal.SIGINT)

    def interrupt(stopped_by: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt(stopped_by)

    with handled(numbers, interrupt):
        yield
