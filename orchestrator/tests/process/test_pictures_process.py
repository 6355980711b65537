"""A report's pictures, drawn by a real browser."""

from __future__ import annotations

import re

import pytest

from clusterbench import report
from clusterbench.report.render import pictures
from support import reported_runs as runs
from support import summaries

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
