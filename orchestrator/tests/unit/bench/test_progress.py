from __future__ import annotations

import errno
import io
import threading
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from clusterbench.bench import progress as module
from clusterbench.bench.progress import Progress, clock
from support.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (5.4, "0:05"),
        (65, "1:05"),
        (3599.6, "1:00:00"),
        (3725, "1:02:05"),
        (-3, "0:00"),
    ],
)
def test_durations_read_as_clocks(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def plain(now: Callable[[], float] = time.monotonic) -> tuple[Progress, io.StringIO]:
    out = io.StringIO()
    return Progress(100.0, Console(file=out, force_terminal=False, soft_wrap=True), now=now), out


def test_a_plain_log_says_that_a_long_step_still_goes_on_and_how_long() -> None:
    now = Clock()
    progress, out = plain(now)
    with progress.step("loading", 60.0):
        now.time = 40.0
        while "left" not in out.getvalue():
            time.sleep(0.01)
    assert out.getvalue() == "    ... loading: 0:40 so far, about 1:00 left\n"


def test_a_step_that_cannot_be_told_of_any_more_goes_on_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.0)
    tried, raised = threading.Event(), []

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            tried.set()
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(threading, "excepthook", raised.append)
    with Progress(100.0, Console(file=Full())).step("loading", 1.0):
        assert tried.wait(30.0)
    assert raised == []


def test_a_short_step_says_nothing_in_a_plain_log() -> None:
    progress, out = plain()
    with progress.step("loading", 1.0):
        pass
    assert out.getvalue() == ""


def test_a_step_that_fails_is_no_longer_counted() -> None:
    progress, _ = plain(Clock())
    with pytest.raises(KeyError), progress.step("loading", 60.0):
        raise KeyError
    assert progress.left_words == "0:40"


def test_lines_are_not_taken_for_markup() -> None:
    progress, out = plain()
    progress.say("[1/54] rust-tonic [/bold]")
    assert out.getvalue() == "[1/54] rust-tonic [/bold]\n"


def test_a_terminal_shows_how_far_all_is_what_goes_on_and_the_last_figure() -> None:
    out, now = io.StringIO(), Clock()
    console = Console(file=out, force_terminal=True, width=80, color_system=None)
    progress = Progress(100.0, console, now=now)
    with progress.step("first", 25.0):
        now.time = 25.0
    progress.measured("  first   1,234 requests/s")
    with progress.step("second", 75.0):
        pass
    shown = out.getvalue()
    assert "25%, about 1:15 left" in shown
    assert "  second" in shown
    assert "last: first 1,234 requests/s" in shown


def test_a_plain_log_has_a_line_for_a_figure_and_no_escape_codes() -> None:
    progress, out = plain()
    with progress.step("first", 25.0):
        progress.measured("  first  1,234 requests/s")
    assert out.getvalue() == "  first  1,234 requests/s\n"
