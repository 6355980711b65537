"""A report's pictures, drawn by a real browser, or by one that hangs, dies or does not start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psutil
import pytest

from clusterbench import report
from clusterbench.cli.app import main
from clusterbench.errors import ExitCode
from clusterbench.report.render import pictures
from clusterbench.store.run_folder import RunFolder
from support import reported_runs as runs
from support import summaries
from support.run_folders import measured

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

#: How long a browser that hangs is waited for (s): it has time enough to start.
DEADLINE = 4.0
HANG = {
    "one that sleeps": "exec sleep 600",
    "one whose child is in a session of its own": "setsid sleep 600 &\nexec sleep 600",
    "one that writes garbage": "head -c 4096 /dev/urandom | tee /dev/stderr >&4\nexec sleep 600",
    "one that does not end when it is told to": "trap '' TERM INT HUP\nsleep 600\nsleep 600",
}


@pytest.fixture(scope="module", autouse=True)
def browser_of_runs() -> None:
    """Let the browser of this host draw."""


def browser(folder: Path, script: str) -> Path:
    file = folder / "browser"
    file.write_text(f'#!/bin/sh\necho "MADE_UP_BROWSER={folder}" >&2\n{script}\n')
    file.chmod(0o755)
    return file


def written(folder: Path) -> report.WrittenReport:
    run = RunFolder(folder, runs.run())
    return report.conclude(run, summaries.summary(run.run), lambda _text: None)


def left(folder: Path) -> list[str]:
    """Return the commands of processes that run in or from a folder, or with it in their words."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        words = process.info["cmdline"] or []
        if str(folder) in " ".join([*words, *(process.info["environ"] or {}).values()]):
            found.append(" ".join(words))
    return found


def test_pictures_are_drawn_by_a_browser(tmp_path: Path) -> None:
    found = pictures.find_browser()
    if found is None:
        pytest.skip(f"no browser on this host: {pictures.REMEDY}")
    said: list[str] = []
    files = report.illustrate(written(tmp_path), said.append, browser=found)
    assert [text for text in said if text.startswith("warning")] == []
    assert {file.name for file in files} >= {
        f"{name}.{form}"
        for name in ("throughput", "latencies", "error_rate")
        for form in ("svg", "png")
    }
    svg = (tmp_path / "throughput.svg").read_text()
    for text in ("responses per second", "rust-tonic", "CPU plan", "saturated by grpc-load"):
        assert text in svg
    assert not re.search(r'(?:src|href)="https?://', svg)
    assert (tmp_path / "throughput.png").read_bytes().startswith(b"\x89PNG")


def test_a_browser_that_does_not_start_is_a_warning_with_what_it_said(tmp_path: Path) -> None:
    broken, said = browser(tmp_path, "echo libnss3.so: cannot open >&2\nexit 1"), list[str]()
    assert report.illustrate(written(tmp_path), said.append, browser=broken) == ()
    assert "drew no pictures, and ended" in said[-1]
    assert "  | libnss3.so: cannot open" in said[-1].splitlines()
    assert (tmp_path / "report.html").exists()


@pytest.mark.parametrize("script", HANG.values(), ids=HANG)
def test_a_browser_that_hangs_is_ended_with_all_that_it_started_and_is_a_warning(
    tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADE_UP", str(tmp_path))
    hangs, said = browser(tmp_path, script), list[str]()
    files = report.illustrate(written(tmp_path), said.append, browser=hangs, deadline=DEADLINE)
    assert files == ()
    (warning,) = [text for text in said if text.startswith("warning: ")]
    assert f"{hangs} drew no pictures within 4 s, and was ended" in warning
    assert "the plots are in report.html" in warning
    assert left(tmp_path) == []
    assert not [file for file in tmp_path.iterdir() if file.suffix in {".svg", ".png"}]


def test_the_command_that_reports_has_pictures_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if pictures.find_browser() is None:
        pytest.skip(f"no browser on this host: {pictures.REMEDY}")
    folder = measured(tmp_path / "results")
    assert main(["report", "--results", str(tmp_path / "results")]) == ExitCode.OK
    assert "drawing the plots as SVG and PNG files too" in capsys.readouterr().out
    assert (folder.path / "throughput.svg").read_text().startswith("<svg")


def test_a_report_without_pictures_is_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(browser(tmp_path, "exit 1")))
    folder = measured(tmp_path / "results")
    assert main(["report", "--results", str(tmp_path / "results")]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    page = lines.index(f"report: {folder.path / 'report.html'}")
    assert page < lines.index("drawing the plots as SVG and PNG files too")
