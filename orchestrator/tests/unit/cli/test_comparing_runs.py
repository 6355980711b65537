"""`compare RUN RUN`: which runs are taken, and which are refused."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from clusterbench.cli.app import main
from clusterbench.errors import ExitCode
from support import run_folders, small_lab
from support.factories import run_record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = small_lab.write(tmp_path / "root")
    monkeypatch.chdir(made)
    for name in ("LAB_PROFILE", "LAB_RESULTS", "CLUSTERBENCH_RUNTIME", "CLUSTERBENCH_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    return made


def test_two_runs_are_compared_by_their_folders_or_names(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run_folders.measured(root / "results", id="20300101T000000Z-a")
    second = run_folders.measured(root / "results", id="20300102T000000Z-b")
    assert main(["compare", str(first.path), second.path.name, "--json"]) == ExitCode.OK
    value = json.loads(capsys.readouterr().out)
    assert (value["first"], value["second"]) == (first.run.id, second.run.id)
    assert main(["compare", first.path.name, "latest"]) == ExitCode.OK
    assert "too noisy to say" in " ".join(capsys.readouterr().out.split())


def test_a_run_and_a_server_are_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_folders.measured(root / "results", id="20300101T000000Z-a")
    assert main(["compare", "20300101T000000Z-a", "fast"]) == ExitCode.CONFIG
    assert "compare two runs, or two servers" in " ".join(capsys.readouterr().err.split())


def test_a_run_that_is_not_there_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_folders.measured(root / "results", id="20300101T000000Z-a")
    words = ["compare", "20300101T000000Z-a", "20300109T000000Z-b"]
    assert main(words) == ExitCode.CONFIG
    assert "no such run" in " ".join(capsys.readouterr().err.split())


def test_runs_of_different_hosts_are_compared_only_where_that_is_asked_for(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = run_record().fingerprint
    there = dataclasses.replace(here, host={**here.host, "cpu": "Made-up 2"})
    first = run_folders.measured(root / "results", id="20300101T000000Z-a")
    second = run_folders.measured(root / "results", id="20300102T000000Z-b", fingerprint=there)
    both = ["compare", str(first.path), str(second.path)]
    assert main(both) == ExitCode.CONFIG
    assert "cpu: was Made-up 1, is Made-up 2" in capsys.readouterr().err
    assert main([*both, "--across-hosts"]) == ExitCode.OK
