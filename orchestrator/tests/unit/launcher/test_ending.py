"""How the launcher ends: by a signal, or not."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import ExitCode
from launcher import main as launcher

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("from_the_start", "code"), [(signal.SIG_DFL, ExitCode.INTERRUPTED), (signal.SIG_IGN, 0)]
)
def test_being_told_to_end_interrupts_unless_that_is_ignored_from_the_start(
    monkeypatch: pytest.MonkeyPatch, from_the_start: signal.Handlers, code: int
) -> None:
    def launch(*_: object) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return 0

    monkeypatch.setattr(launcher, "launch", launch)
    signal.signal(signal.SIGTERM, from_the_start)
    assert launcher.main("/") == code
