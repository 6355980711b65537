"""The command line of a lab that `init` wrote: what needs sources is refused, with the remedy."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.cli import measuring
from clusterbench.cli.app import main
from clusterbench.config.compose_file import read_services
from clusterbench.local import serve as serving
from clusterbench.local.new_lab import Images, write_lab
from clusterbench.own_program import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a lab's folder, which is the current one."""
    write_lab(tmp_path / "lab", Images(registry="reg.example/lab", tag="1.2"))
    monkeypatch.chdir(tmp_path / "lab")
    monkeypatch.delenv(PROGRAM, raising=False)
    return tmp_path / "lab"


def test_init_writes_a_lab_and_says_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAB_REGISTRY", "reg.example/lab")
    assert main(["init", "my lab"]) == 0
    out = capsys.readouterr().out
    assert (tmp_path / "my lab" / "compose.yaml").exists()
    order = [
        out.index(each) for each in ("cd 'my lab'", "doctor", "run --profile quick", "compose up")
    ]
    assert order == sorted(order)
    assert main(["init", "my lab"]) == 2
    assert "--force" in capsys.readouterr().err


def test_init_in_this_folder_says_nothing_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAB_REGISTRY", "reg.example/lab")
    assert main(["init"]) == 0
    assert "cd " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environment", "called"),
    [
        ("/home/me/.cache/uv/archive-v0/Bq3", "uvx clusterbench doctor"),
        ("/home/me/.cache/pipx/0123", "pipx run clusterbench doctor"),
        ("/home/me/.local/pipx/venvs/clusterbench", "  clusterbench doctor"),
        ("/home/me/.local/share/uv/tools/clusterbench", "  clusterbench doctor"),
    ],
)
def test_init_names_the_commands_as_they_can_be_called(
    environment: str,
    called: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv(PROGRAM, raising=False)
    monkeypatch.setenv("LAB_REGISTRY", "reg.example/lab")
    monkeypatch.setattr(sys, "prefix", environment)
    assert main(["init", str(tmp_path / "lab")]) == 0
    assert called in capsys.readouterr().out


@pytest.mark.parametrize(
    "line",
    [
        ["run", "--runtime", "process"],
        ["plan", "--runtime", "process"],
        ["capacity", "--runtime", "process", "--plan-only"],
        ["train", "--runtime", "process", "--plan-only"],
        ["verify", "rust-tonic", "--runtime", "process"],
        ["compare", "rust-tonic@main", "rust-tonic"],
        ["compare", "rust-tonic", "sklearn-grpc", "--runtime", "process"],
        ["bench"],
        ["bench", "calls"],
        ["bench", "overload"],
        ["build"],
    ],
)
def test_what_is_built_from_sources_is_refused_in_a_sentence(
    lab: Path, line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line) == 2
    said = capsys.readouterr().err.strip()
    assert "this lab has images and no sources" in said
    assert "clone the repository" in said
    assert "\n" not in said
    assert not any((lab / "results").iterdir())


def test_a_plan_with_an_engine_is_printed(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.exists()
    assert main(["plan", "--profile", "quick"]) == 0
    assert "profile quick" in capsys.readouterr().out


def test_a_server_by_hand_is_a_container_on_this_machine_alone(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    became: list[Any] = []

    def become(_program: str, words: Sequence[str], _environment: Mapping[str, str]) -> None:
        became.append(words)
        raise KeyboardInterrupt

    monkeypatch.setattr(serving.os, "execvpe", become)
    assert main(["serve", "rust-tonic", "--port", "6001"]) == 130
    (words,) = became
    assert words[:2] == ["docker", "run"]
    assert words[-1] == "reg.example/lab/rust-tonic:1.2"
    assert "127.0.0.1:6001:5001" in words
    assert "--read-only" in words
    model = next(each for each in words if each.startswith("type=bind,source="))
    assert model.endswith(",target=/data/model.json,readonly")
    assert str(lab) in model


def test_a_run_is_repeated_by_the_installed_command(lab: Path) -> None:
    assert not any(each.built for each in read_services(lab / "compose.yaml").values())
    experiment: Any = SimpleNamespace(scenarios={"one": None}, profile="quick")
    lines = measuring.repeating("run", {"seed": 7}, experiment, "docker", sources=False)
    assert lines == (
        "docker compose run --rm orchestrator run --profile quick --seed 7",
        "clusterbench run --profile quick --seed 7",
    )


def test_a_folder_without_a_lab_is_told_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plan"]) == 2
    assert "`clusterbench init DIR`" in capsys.readouterr().err
