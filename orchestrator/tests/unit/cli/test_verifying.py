"""`verify`: what it takes, prints and exits with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clusterbench.cli import verifying
from clusterbench.cli.app import main
from clusterbench.cli.verify_target import Target, parse_target
from clusterbench.config.data_folder import read_data
from clusterbench.errors import ConfigError, ExitCode
from clusterbench.verify.contract import CONTRACT
from clusterbench.verify.point import PointState, PointVerdict
from support import small_lab
from support.faulty_servers import faulty

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = small_lab.write(tmp_path / "root")
    monkeypatch.chdir(root)
    for name in ("LAB_RESULTS", "CLUSTERBENCH_RUNTIME", "CLUSTERBENCH_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("rust-tonic", Target(name="rust-tonic")),
        ("image:me/mine:1.2", Target(image="me/mine:1.2")),
        ("image:localhost:5000/mine@sha256:00", Target(image="localhost:5000/mine@sha256:00")),
        ("localhost:5001", Target(address=("localhost", 5001))),
        ("[::1]:5001", Target(address=("[::1]", 5001))),
    ],
)
def test_a_name_an_image_and_an_address_are_told_apart(text: str, meant: Target) -> None:
    assert parse_target(text) == meant


@pytest.mark.parametrize("text", ["localhost:", "localhost:http", "localhost:0", ":5001", "image:"])
def test_what_is_neither_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=r"localhost:5001|image:example"):
        parse_target(text)


def test_a_name_that_bench_toml_does_not_have_says_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["verify", "fst", "--runtime", "process"]) == ExitCode.CONFIG
    told = capsys.readouterr().err
    assert "verify fst: did you mean 'fast'?" in told
    assert "image:REFERENCE and HOST:PORT" in told


def test_a_server_that_runs_already_is_checked_by_its_address(
    lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with faulty(read_data(lab / "data")) as server:
        assert main(["verify", str(server.address), "--json"]) == ExitCode.OK
        printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["keeps_contract"], found["runtime"]) == (True, "attached")
    assert [each["point"] for each in found["points"]] == [each.name for each in CONTRACT]
    assert f"{server.address} keeps the contract" in printed.err


def test_one_that_fails_a_point_exits_with_1_and_says_what_to_do(
    lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with faulty(read_data(lab / "data"), "any number", "no reflection") as server:
        assert main(["verify", str(server.address), "-q"]) == ExitCode.ERROR
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("ok ")] == []
    assert [line for line in lines if line.startswith("lacks        reflection ")]
    [at] = [number for number, line in enumerate(lines) if line.startswith("fails        NaN ")]
    assert "Predict: OK" in lines[at]
    rest = " ".join(lines[at:])
    assert "expected: INVALID_ARGUMENT" in rest
    assert "to do:    before predicting" in rest
    assert lines[-1] == f"{server.address} does not keep the contract: 3 required points above"
    assert max(map(len, lines)) <= 80


def test_lines_hold_80_columns_whatever_was_seen() -> None:
    verdict = PointVerdict(
        point="starts", required=True, state=PointState.FAILS, expected="it serves " * 20,
        seen="it ended " * 20 + "\n  | last words", remedy="look " * 30,
    )  # fmt: skip
    lines = [*verifying.lines_of(verdict)]
    assert max(map(len, lines)) <= 80
    assert any(line.endswith("  | last words") for line in lines)


def test_the_points_are_listed_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "fast", "--plan-only", "--json"]) == ExitCode.OK
    listed = json.loads(capsys.readouterr().out)
    assert [each["point"] for each in listed["points"]] == [each.name for each in CONTRACT]
    assert {each["required"] for each in listed["points"]} == {True, False}
    assert "fast-image" in [each["name"] for each in listed["images"]]


def test_what_cannot_run_here_is_refused_with_the_reason(
    lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = lab.parent / "own.toml"
    own.write_text('include = ["{lab}/bench.toml"]\n[contenders.mine]\nimage = "me/mine"\n')
    words = ["verify", "mine", "--bench", str(own), "--runtime", "process"]
    assert main(words) == ExitCode.HOST
    assert "mine cannot run here: it is given by an image alone" in capsys.readouterr().err
