"""`runs history`: the history of a results folder, on a terminal and as JSON."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clusterbench.cli.app import main
from clusterbench.errors import ExitCode
from clusterbench.measure.ratio_history import history
from clusterbench.report.render.history_screen import history_screen
from clusterbench.store.run_folder import RunFolder
from support import run_folders
from support.past_runs import past_runs

if TYPE_CHECKING:
    from pathlib import Path


def kept(results: Path, ratios: list[float]) -> None:
    for past in past_runs(ratios):
        RunFolder.create(results, past.run).write_summary(past.summary)


def test_the_table_has_a_row_per_run_with_its_commit_and_its_ratio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    kept(tmp_path, [0.05, 0.06])
    asked = ["runs", "history", "--results", str(tmp_path), "--scenario", "saturated"]
    assert main(asked) == ExitCode.OK
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    rows = [line.split() for line in out.splitlines() if line.startswith("2030-01-0")]
    assert [(row[0], row[2][:9], row[3][:4]) for row in rows] == [
        ("2030-01-01", "0" * 9, "0.05"),
        ("2030-01-02", "0" * 9, "0.06"),
    ]
    assert "CPU time per request, saturated 800" in out
    assert "8 runs or more, and there are 2" in " ".join(out.split())


def test_json_has_every_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept(tmp_path, [0.05, 0.06])
    asked = ["runs", "history", "--results", str(tmp_path), "--metric", "throughput", "--json"]
    assert main(asked) == ExitCode.OK
    value = json.loads(capsys.readouterr().out)
    assert value["metric"] == "throughput"
    assert [len(each["points"]) for each in value["series"]] == [2, 2]


def test_a_run_without_a_summary_is_computed_and_one_that_is_broken_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_folders.measured(tmp_path)
    broken = tmp_path / "20300105T000000Z-broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    asked = ["runs", "history", "--results", str(tmp_path), "--scenario", "predict"]
    assert main(asked) == ExitCode.OK
    said = capsys.readouterr()
    assert "left out" in said.out + said.err


def test_an_empty_folder_is_said_to_be_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "history", "--results", str(tmp_path)]) == ExitCode.OK
    assert "no run here compares contenders" in capsys.readouterr().out


@pytest.mark.skipif(
    importlib.util.find_spec("ruptures") is None, reason="ruptures is not installed"
)
def test_a_change_point_is_marked_and_said_with_its_size() -> None:
    rng = np.random.default_rng(1)
    levels = [0.05] * 8 + [0.06] * 8
    runs = past_runs(float(each * np.exp(rng.normal(0, 0.01))) for each in levels)
    text = history_screen(history(runs, "cpu", "saturated"), 80)
    assert [line[:10] for line in text.splitlines() if "* 0.0" in line] == ["2030-01-09"]
    assert "from run 20300109T000000Z-made-up (commit 000000000) on +" in " ".join(text.split())
