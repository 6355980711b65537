"""The command that says what serving a rate takes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.cli.app import main
from clusterbench.errors import ExitCode
from support.capacity_runs import ROUNDS, capacity_folder
from support.run_folders import measured

if TYPE_CHECKING:
    from pathlib import Path

ONE = {"sklearn-grpc": ROUNDS["sklearn-grpc"]}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder of results, where the commands of a test look."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    return tmp_path / "results"


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what `cost` prints."""
    assert main(["cost", *words]) == ExitCode.OK
    return capsys.readouterr().out


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(told(capsys, "--json", *words))


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return why `cost` does not answer."""
    assert main(["cost", *words]) == ExitCode.CONFIG
    return capsys.readouterr().err


def test_it_answers_the_question_of_the_newest_run_that_has_capacities(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capacity_folder(results, ONE)
    measured(results, id="20300101T000000Z-newer")
    text = told(capsys)
    assert "10,000 requests per second within p99 \N{LESS-THAN OR EQUAL TO} 10 ms" in text
    assert "sklearn-grpc: by adding processes, not measured beyond 1 core" in text
    assert "month" not in text


def test_options_change_the_question(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capacity_folder(results, ONE)
    for headroom in ("50%", "0.5"):
        (run,) = answered(capsys, "--rate", "4000", "--headroom", headroom)["runs"]
        assert (run["objective"], run["rate"], run["headroom"]) == ("p99=10ms", 4000, 0.5)
        (row,) = run["contenders"]
        assert row["cores"]["value"] == pytest.approx(4.0, rel=0.01)
        assert row["processes"] == row["whole_cores"]["value"]
        memory = row["memory_bytes"]["value"]
        assert memory == pytest.approx(row["processes"] * 100 * 2**20)


def test_money_is_shown_at_a_price_alone(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capacity_folder(results, ONE)
    (row,) = answered(capsys)["runs"][0]["contenders"]
    assert row["money"] is None
    (row,) = answered(capsys, "--price", "0.04")["runs"][0]["contenders"]
    assert row["money"]["per_month"]["value"] == pytest.approx(8 * 0.04 * 730)
    text = " ".join(told(capsys, "--price", "0.04").split())
    assert "Money: whole cores at 0.04 per core-hour" in text
    assert "a month has 730 hours" in text


def test_several_runs_have_a_section_each_and_share_a_law(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for cores in (1, 2, 4):
        name = "sklearn-grpc" if cores == 1 else "sklearn-grpc-per-core"
        rates = [each * cores * 0.97 ** (cores - 1) for each in ROUNDS["sklearn-grpc"]]
        capacity_folder(results, {name: rates}, cores=cores, id=f"on-{cores}")
    words = ["on-1", "on-2", "on-4"]
    runs = answered(capsys, *words)["runs"]
    assert [run["run"] for run in runs] == words
    for run in runs:
        (row,) = run["contenders"]
        assert [point["cores"] for point in row["law"]["points"]] == [1, 2, 4]
        assert "by the Universal Scalability Law, extrapolated beyond 4 cores" in row["rests_on"]
    text = told(capsys, *words)
    assert text.count("Universal Scalability Law\n") == 3
    assert re.search(r"1: [+-]\d\.\d%, 2: [+-]", text)


def test_an_objective_that_no_rate_met_is_said_and_has_no_cores(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capacity_folder(results, {"sklearn-grpc": (0, 0, 0)})
    assert "sklearn-grpc: not at any rate tried" in told(capsys)
    (row,) = answered(capsys)["runs"][0]["contenders"]
    assert (row["met"], row["cores"], row["memory_bytes"]) == (False, None, None)


def test_an_objective_that_was_not_measured_is_refused_with_those_that_were(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capacity_folder(results, ONE, id="made-up")
    said = refused(capsys, "--slo", "p99=20ms")
    assert "made-up has capacities at p99=10ms alone" in said
    assert "`capacity --slo p99=20ms`" in said


def test_runs_without_capacities_are_refused(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured(results, id="throughputs")
    assert "no run here has capacities; `capacity --slo p99=10ms`" in refused(capsys)
    assert "throughputs: it has no capacities" in refused(capsys, "throughputs")


@pytest.mark.parametrize(
    ("option", "value", "takes"),
    [
        ("--rate", "0", "from 1 to"),
        ("--rate", "many", "a whole number"),
        ("--slo", "10ms", "as in p99=10ms"),
        ("--slo", "p99=1.5ms", "whole milliseconds"),
        ("--headroom", "100%", "from 0 to 99"),
        ("--headroom", "30", "from 0 to 0.99"),
        ("--headroom", "30%%", "from 0 to 99"),
        ("--price", "0", "above 0"),
        ("--price", "4ct", "a number"),
    ],
)
def test_a_wrong_option_says_what_it_takes(
    option: str, value: str, takes: str, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capacity_folder(results, ONE)
    said = refused(capsys, option, value)
    assert option in said
    assert takes in said


def test_reading_writes_nothing(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = capacity_folder(results, ONE).path
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    told(capsys)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
