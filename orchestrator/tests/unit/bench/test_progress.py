from __future__ import annotations

import io

import pytest
from rich.console import Console

from clusterbench.bench import progress as module
from clusterbench.bench.progress import Progress, clock


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


def plain() -> tuple[Progress, io.StringIO]:
    out = io.StringIO()
    return Progress(100.0, Console(file=out, force_terminal=False, soft_wrap=True)), out


def test_a_plain_log_says_that_a_long_step_still_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.1)
    progress, out = plain()
    with progress.step("loading"):
        while "left" not in out.getvalue():
            module.time.sleep(0.01)
    assert "... loading: 0:0" in out.getvalue()


def test_a_short_step_says_nothing_in_a_plain_log() -> None:
    progress, out = plain()
    with progress.step("loading"):
        pass
    assert out.getvalue() == ""


def test_lines_are_not_taken_for_markup() -> None:
    progress, out = plain()
    progress.say("[1/54] rust-tonic [/bold]")
    assert out.getvalue() == "[1/54] rust-tonic [/bold]\n"


def test_time_left_falls_as_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    progress, _ = plain()
    assert progress.left == 100.0
    now += 50.0
    progress.done(50.0)
    assert progress.left == 50.0
    now += 50.0
    progress.done(25.0)
    assert progress.left == pytest.approx(25.0 * 100 / 75)
    progress.done(1000.0)
    assert progress.left == 0.0
