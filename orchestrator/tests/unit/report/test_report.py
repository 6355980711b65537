from __future__ import annotations

from pathlib import Path

import pytest

from clusterbench import report
from clusterbench.errors import StoreError
from clusterbench.store.run_folder import RunFolder
from support import reported_runs as runs
from support import summaries
from support.charts import drawn


@pytest.fixture(autouse=True)
def _drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "charts", drawn)
    monkeypatch.setattr("clusterbench.report.render.page.get_plotlyjs", lambda: "/* plotly.js */")


def test_without_a_browser_the_page_and_the_text_are_made_and_a_warning_said() -> None:
    record, said = runs.run(), list[str]()
    files = report.report_files(record, summaries.summary(record), browser=None, say=said.append)
    assert sorted(files) == ["report.html", "report.md"]
    assert len(said) == 1
    assert "chromium-headless-shell" in said[0]


def test_a_browser_that_is_not_there_is_named_in_the_warning(tmp_path: Path) -> None:
    record, said = runs.run(), list[str]()
    gone = tmp_path / "no-browser"
    report.report_files(record, summaries.summary(record), browser=gone, say=said.append)
    assert str(gone) in said[0]


def test_a_run_ends_with_its_figures_and_its_report_over_an_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "find_browser", lambda: None)
    (tmp_path / "report.md").write_text("old")
    folder, said = RunFolder(tmp_path, runs.run()), list[str]()
    report.conclude(folder, summaries.summary(folder.run), said.append)
    assert "Ratios of throughput" in said[0]
    assert str(tmp_path / "report.html") in said[-1]
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("# Run")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "report.md"]


def test_a_folder_that_cannot_be_written_is_a_store_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "find_browser", lambda: None)
    folder = RunFolder(tmp_path / "gone", runs.run())
    with pytest.raises(StoreError, match=r"report\.html: cannot be written: No such file"):
        report.conclude(folder, summaries.summary(folder.run), lambda _: None)


def test_the_browser_is_the_one_that_browser_path_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/opt/mine")
    assert report.find_browser() == Path("/opt/mine")
