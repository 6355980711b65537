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
    monkeypatch.setattr(
        "clusterbench.report.render.page_template.get_plotlyjs", lambda: "/* plotly.js */"
    )


def concluded(folder: Path, said: list[str]) -> report.WrittenReport:
    run = RunFolder(folder, runs.run())
    return report.conclude(run, summaries.summary(run.run), said.append)


def test_without_a_browser_the_page_and_the_text_are_made_and_a_warning_said(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    written = concluded(tmp_path, [])
    assert report.illustrate(written, said.append, browser=None) == ()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.html", "report.md"]
    assert said[-1].startswith("warning: no SVG and PNG files, the plots are in report.html: ")
    assert "chromium-headless-shell" in said[-1]


def test_a_browser_that_is_not_there_is_named_in_the_warning(tmp_path: Path) -> None:
    said, gone = list[str](), tmp_path / "no-browser"
    report.illustrate(concluded(tmp_path, []), said.append, browser=gone)
    assert str(gone) in said[-1]


def test_a_run_ends_with_its_answer_and_its_report_over_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("old")
    said: list[str] = []
    concluded(tmp_path, said)
    assert said[0].startswith("Saturated, without a latency objective, one core of linfa on tonic")
    assert str(tmp_path / "report.html") in said[-1]
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("# Run")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "report.md"]


def test_a_drawing_that_is_interrupted_says_where_the_plots_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "draw", interrupt)
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        report.illustrate(concluded(tmp_path, []), said.append, browser=tmp_path)
    assert "the plots are in report.html" in said[-1]


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"report\.html: cannot be written: No such file"):
        concluded(tmp_path / "gone", [])


def test_the_browser_is_the_one_that_browser_path_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/opt/mine")
    assert report.find_browser() == Path("/opt/mine")
