"""Signals to this process: what ends a run, and what nobody wants to end it."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.signals import handled, interruptible

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_once_and_is_handled_as_before_afterwards(number: int) -> None:
    before = signal.getsignal(number)

    def work() -> None:
        with interruptible():
            try:
                os.kill(os.getpid(), number)
            finally:
                os.kill(os.getpid(), number)  # the end is not disturbed

    with pytest.raises(KeyboardInterrupt) as raised:
        work()
    assert raised.value.args == (number,)
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_is_ignored_at_the_start_interrupts_nothing(number: int) -> None:
    signal.signal(number, signal.SIG_IGN)
    with interruptible():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is signal.SIG_IGN


def test_an_ignored_signal_has_no_handler_and_the_others_have() -> None:
    got: list[int] = []
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with handled(NUMBERS, lambda number, _frame: got.append(number)):
        for number in NUMBERS:
            os.kill(os.getpid(), number)
    assert got == [signal.SIGINT, signal.SIGTERM]
