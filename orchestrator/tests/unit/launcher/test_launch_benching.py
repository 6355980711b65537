"""What `./lab bench` becomes, and in which environment: with made-up ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from clusterbench.errors import ConfigError
from launcher import benching

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Became(Exception):  # noqa: N818 - it stands for a process that became another
    """Holds the command that the process became, and in what kind of environment."""

    def __init__(self, kind: str, command: Sequence[str]) -> None:
        self.kind, self.command = kind, list(command)


class Inside:
    """An environment that only says what it would become."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def become(self, arguments: Sequence[str]) -> NoReturn:
        raise Became(self.kind, arguments)


@pytest.fixture
def provided(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the system's parts that were asked for."""
    asked: list[str] = []
    monkeypatch.setattr(benching, "environment", lambda _root, kind, _say: Inside(kind))
    monkeypatch.setattr(benching.tools, "provide", lambda parts, **_more: asked.extend(parts))
    return asked


def test_alternatives_are_local_processes_and_take_h2load_alone(
    tmp_path: Path, provided: list[str]
) -> None:
    with pytest.raises(Became) as caught:
        benching.bench(tmp_path, ["rust-tonic", "--rounds", "3", "--results", "there"])
    words = caught.value.command
    assert words[:4] == ["-m", "clusterbench", "bench", "rust-tonic"]
    assert words[words.index("--rounds") + 1] == "3"
    assert words[words.index("--results") + 1].endswith("/there")
    assert provided == ["h2load"]


def test_containers_are_refused_with_the_reason(tmp_path: Path, provided: list[str]) -> None:
    with pytest.raises(ConfigError, match="alternatives are other builds"):
        benching.bench(tmp_path, ["--runtime", "docker"])


def test_help_tells_the_launchers_options_and_asks_for_the_rest(
    tmp_path: Path, provided: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Became) as caught:
        benching.bench(tmp_path, ["--help"])
    assert caught.value.command[-1] == "--help"
    assert "--no-install" in capsys.readouterr().out
    assert provided == []


def test_calls_are_timed_where_pytest_benchmark_is(tmp_path: Path, provided: list[str]) -> None:
    with pytest.raises(Became) as caught:
        benching.bench(tmp_path, ["calls", "--help"])
    assert caught.value.kind == "dev"
    with pytest.raises(Became) as caught:
        benching.bench(tmp_path, ["overload"])
    assert caught.value.kind == "run"
