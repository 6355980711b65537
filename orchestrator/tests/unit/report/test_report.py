from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import made
import pytest

from clusterbench import report
from clusterbench.errors import StoreError
from clusterbench.report.render import pictures

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord


class Folder:
    def __init__(self, path: Path, run: RunRecord) -> None:
        self.path = path
        self.run = run


def test_without_a_browser_the_page_and_the_text_are_written_and_a_warning_said(
    tmp_path: Path,
) -> None:
    record, said = made.run(), list[str]()
    files = report.write_report(record, made.summary(record), tmp_path, None, said.append)
    assert files.pictures == ()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "report.md"]
    assert len(said) == 1
    assert "chromium-headless-shell" in said[0]


def test_a_browser_that_is_not_there_is_named_in_the_warning(tmp_path: Path) -> None:
    record, said = made.run(), list[str]()
    gone = tmp_path / "no-browser"
    report.write_report(record, made.summary(record), tmp_path, gone, said.append)
    assert str(gone) in said[0]


def test_a_browser_that_does_not_start_is_a_warning(tmp_path: Path) -> None:
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    out = tmp_path / "out"
    out.mkdir()
    record, said = made.run(), list[str]()
    files = report.write_report(record, made.summary(record), out, broken, said.append)
    assert files.page.is_file()
    assert "drew no pictures" in said[0]
    assert sorted(p.name for p in out.iterdir()) == ["report.html", "report.md"]


def test_a_report_is_written_over_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("old")
    folder = Folder(tmp_path, made.run())
    report.make(folder, made.summary(folder.run), browser=None, say=lambda _: None)
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("# Run")


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    record = made.run()
    with pytest.raises(StoreError, match="report cannot be written"):
        report.write_report(record, made.summary(record), tmp_path / "gone", None, lambda _: None)


def test_a_run_ends_with_its_figures_and_where_the_report_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "find_browser", lambda: None)
    folder, said = Folder(tmp_path, made.run()), list[str]()
    report.conclude(folder, made.summary(folder.run), said.append)
    assert "Ratios of throughput" in said[0]
    assert str(tmp_path / "report.html") in said[-1]


def test_the_browser_is_the_one_that_browser_path_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/opt/mine")
    assert report.find_browser() == Path("/opt/mine")


def test_pictures_are_drawn_by_a_browser(tmp_path: Path) -> None:
    browser = pictures.find_browser()
    if browser is None:
        pytest.skip(f"no browser on this host: {pictures.REMEDY}")
    record, said = made.run(), list[str]()
    files = report.write_report(record, made.summary(record), tmp_path, browser, said.append)
    assert said == []
    assert {p.name for p in files.pictures} >= {
        f"{name}.{form}"
        for name in ("throughput", "latencies", "error_rate")
        for form in ("svg", "png")
    }
    svg = (tmp_path / "throughput.svg").read_text(encoding="utf-8")
    for text in ("responses per second", "rust-tonic", "CPU plan", "saturated by h2load"):
        assert text in svg
    assert not re.search(r'(?:src|href)="https?://', svg)
    assert (tmp_path / "throughput.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob(".*"))
