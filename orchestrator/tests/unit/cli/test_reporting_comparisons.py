"""Comparisons that are there, in process: reported again, shown and listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clusterbench.cli.app import main
from clusterbench.errors import ExitCode
from support import small_lab
from support.comparisons import NAME, measured

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A results folder with one run, and a comparison whose candidate costs 10% more."""
    root = small_lab.write(tmp_path / "root")
    monkeypatch.chdir(root)
    for name in ("LAB_PROFILE", "LAB_RESULTS", "CLUSTERBENCH_RUNTIME", "CLUSTERBENCH_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    measured(root / "results", times=1.1)
    return root / "results"


def test_a_comparison_that_was_killed_is_reported_by_what_it_measured(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (results / NAME / "slices.jsonl").open("ab") as handle:
        handle.write(b'{"kind":"slice","bl')
    assert not (results / NAME / "compared.json").exists()
    assert main(["report", NAME, "--results", str(results), "--json"]) == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "worse"
    assert told["fails"]
    assert (results / NAME / "compared.json").exists()
    assert (results / NAME / "report.html").read_text().startswith("<!doctype html>")


def test_a_report_that_is_made_again_says_the_same(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for _ in range(2):
        assert main(["report", str(results / NAME)]) == ExitCode.OK
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "rust-tonic@main" in printed[0]


def test_a_comparison_is_shown_with_what_repeats_it(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "show", NAME]) == ExitCode.OK
    told = capsys.readouterr().out
    assert "commands: ./lab compare rust-tonic@main rust-tonic" in told
    assert "baseline: rust-tonic@main" in told


def test_a_comparison_is_listed_with_its_slices(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "list"]) == ExitCode.OK
    assert "20 slices" in capsys.readouterr().out
    assert main(["runs", "list", "--json"]) == ExitCode.OK
    kinds = {each["id"]: each["kind"] for each in json.loads(capsys.readouterr().out)["runs"]}
    assert kinds == {NAME: "comparison", small_lab.NAME: "run"}


@pytest.mark.parametrize("line", ["claims {}", "export {} --out x"])
def test_what_takes_runs_alone_says_that_it_is_none(
    line: str, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.format(NAME).split()) == ExitCode.CONFIG
    assert "not a run folder, but a comparison" in capsys.readouterr().err
