"""A report's pictures, drawn by a real browser, or by one that does not start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from clusterbench import report
from clusterbench.report.render import pictures
from support import reported_runs as runs
from support import summaries

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process


def test_pictures_are_drawn_by_a_browser() -> None:
    browser = pictures.find_browser()
    if browser is None:
        pytest.skip(f"no browser on this host: {pictures.REMEDY}")
    record, said = runs.run(), list[str]()
    files = report.report_files(record, summaries.summary(record), browser=browser, say=said.append)
    assert said == []
    assert files.keys() >= {
        f"{name}.{form}"
        for name in ("throughput", "latencies", "error_rate")
        for form in ("svg", "png")
    }
    svg = files["throughput.svg"].decode()
    for text in ("responses per second", "rust-tonic", "CPU plan", "saturated by h2load"):
        assert text in svg
    assert not re.search(r'(?:src|href)="https?://', svg)
    assert files["throughput.png"].startswith(b"\x89PNG")


def test_a_browser_that_does_not_start_is_a_warning(tmp_path: Path) -> None:
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    record, said = runs.run(), list[str]()
    files = report.report_files(record, summaries.summary(record), browser=broken, say=said.append)
    assert "drew no pictures" in said[0]
    assert sorted(files) == ["report.html", "report.md"]
