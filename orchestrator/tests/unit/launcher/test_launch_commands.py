"""Where commands run, and as what: with made-up engines and environments."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from clusterbench.errors import ConfigError, HostError
from launcher import commands, engine
from launcher.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence

THERE = Engine(there=True, why="Docker 26 with Compose 2.26")
NOT_THERE = Engine(there=False, why="no container engine (docker is not installed)")


class Became(Exception):  # noqa: N818 - it stands for a process that became another
    """Holds the command that the process became."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        super().__init__(" ".join(command))


class Inside:
    """An environment that only says what it would become."""

    def become(self, arguments: Sequence[str]) -> NoReturn:
        raise Became(["python", *arguments])


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the launcher says, in a world where processes only say what they would become."""
    texts: list[str] = []

    def became(command: list[str], *_root: object, **_more: object) -> NoReturn:
        raise Became(command)

    monkeypatch.setattr(commands, "say", texts.append)
    monkeypatch.setattr(commands, "environment", lambda *_arguments: Inside())
    monkeypatch.setattr(commands.tools, "provide", lambda *_parts, **_more: None)
    monkeypatch.setattr(commands, "build_more", lambda *_arguments: None)
    monkeypatch.setattr(engine, "attend", became)
    monkeypatch.setattr(engine, "servers", lambda _root: ["rust-tonic", "sklearn-grpc"])
    return texts


def have(monkeypatch: pytest.MonkeyPatch, found: Engine) -> None:
    monkeypatch.setattr(engine, "find_engine", lambda: found)


def became(command: commands.Command, root: Path, *arguments: str) -> list[str]:
    with pytest.raises(Became) as caught:
        command(root, arguments)
    return caught.value.command


def override(command: list[str]) -> dict[str, Any]:
    files = [word for before, word in itertools.pairwise(command) if before == "--file"]
    return json.loads(Path(files[1]).read_text()) if len(files) > 1 else {}


def test_with_an_engine_a_run_is_composes_orchestrator_and_says_why(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, THERE)
    command = became(commands.run, tmp_path, "--profile", "quick")
    assert command[:2] == ["docker", "compose"]
    assert command[command.index("run") + 1] == "--rm"
    assert "--build" in command
    at = command.index("orchestrator")
    assert command[at:] == ["orchestrator", "run", "--runtime", "docker", "--profile", "quick"]
    assert override(command) == {}
    assert len(said) == 1
    assert "containers: Docker 26" in said[0]


def test_without_an_engine_a_run_is_local_processes_and_says_why(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, NOT_THERE)
    command = became(commands.run, tmp_path, "--profile", "quick")
    assert command == [
        "python", "-m", "clusterbench", "run", "--runtime", "process", "--profile", "quick",
    ]  # fmt: skip
    assert len(said) == 1
    assert "docker is not installed" in said[0]


def test_processes_can_be_asked_for_beside_an_engine(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, THERE)
    command = became(commands.run, tmp_path, "--runtime", "process")
    assert command[0] == "python"
    assert said == ["local processes, as asked"]


@pytest.mark.usefixtures("said")
def test_containers_asked_for_without_an_engine_are_an_error_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, NOT_THERE)
    with pytest.raises(HostError, match=r"docker is not installed.*or use --runtime process"):
        commands.run(tmp_path, ["--runtime", "docker"])


@pytest.mark.usefixtures("said")
def test_a_containers_run_sees_the_given_data_and_results_as_volumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, THERE)
    data, results = tmp_path / "given", tmp_path / "mine"
    data.mkdir()
    (data / "model.json").write_text("{}")
    (results / "old").mkdir(parents=True)
    words = ["--data", str(data), "--results", str(results), "--run", str(results / "old")]
    command = became(commands.run, tmp_path, *words)
    assert command[-4:] == ["--data", commands.DATA_GIVEN, "--run", "/results/old"]
    assert "--results" not in command
    volumes = [f"{data}:{commands.DATA_GIVEN}:ro", f"{results}:/results"]
    assert override(command) == {"services": {"orchestrator": {"volumes": volumes}}}


@pytest.mark.usefixtures("said")
def test_a_report_in_a_container_builds_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, THERE)
    command = became(commands.report, tmp_path)
    assert "--no-deps" in command
    assert command[-2:] == ["orchestrator", "report"]


@pytest.mark.usefixtures("said")
def test_claims_in_a_container_build_no_server_and_see_the_run_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, THERE)
    for name in ("one", "two"):
        (tmp_path / "results" / name).mkdir(parents=True)
    runs = [str(tmp_path / "results" / name) for name in ("one", "two")]
    command = became(commands.claims, tmp_path, *runs)
    assert "--no-deps" in command
    assert command[-4:] == ["orchestrator", "claims", "/results/one", "/results/two"]


@pytest.mark.usefixtures("said")
def test_without_an_engine_claims_are_judged_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, NOT_THERE)
    assert became(commands.claims, tmp_path)[-3:] == ["-m", "clusterbench", "claims"]


@pytest.mark.usefixtures("said")
def test_data_is_made_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = became(commands.data, tmp_path / "root", "generate", "--out", "mine")
    assert command[-2:] == ["--out", str(tmp_path / "mine")]
    command = became(commands.data, tmp_path / "root", "generate", "--out=mine")
    assert command[-1] == f"--out={tmp_path / 'mine'}"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "model.json").write_text('{"n_features": 2}')
    return tmp_path


def test_serving_in_a_container_publishes_to_this_machine_only_and_says_how_to_call(
    model: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, THERE)
    command = became(commands.serve, model, "rust-tonic", "--port", "6001")
    assert command[-1] == "rust-tonic"
    assert "--service-ports" in command
    laid = override(command)["services"]["rust-tonic"]
    assert laid["ports"] == ["127.0.0.1:6001:5001"]
    assert "-d '{\"features\": [1.0, 2.0]}' localhost:6001" in said[-1]


@pytest.mark.usefixtures("said")
def test_serving_what_is_no_server_lists_the_right_names(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, THERE)
    with pytest.raises(ConfigError, match=r"tonic is no server.*rust-tonic, sklearn-grpc"):
        commands.serve(model, ["tonic"])


@pytest.mark.usefixtures("said")
def test_serving_as_a_process_goes_through_the_environment(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, NOT_THERE)
    command = became(commands.serve, model, "rust-tonic")
    assert command[:4] == ["python", "-m", "clusterbench", "serve"]
    assert command[4:] == ["rust-tonic", "--data", str(model / "data"), "--port", "5001"]
