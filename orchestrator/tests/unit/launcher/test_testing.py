"""How `./lab test` calls pytest, by what it is told to test."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from launcher import testing
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FOLDER = "orchestrator/tests/unit/launcher"


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return what gives the words that pytest would be called with."""
    words: list[str] = []

    def run(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        words.extend(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(testing, "import_path", lambda _root: "there")
    inside = SimpleNamespace(root=ROOT, python=tmp_path / "python", variables=dict)

    def call(*arguments: str) -> list[str]:
        words.clear()
        assert testing._pytest(inside, arguments, built=False, told={}) == 0  # type: ignore[arg-type]
        return list(words)

    return call


def test_everything_is_tested_by_a_worker_per_cpu_with_its_coverage(
    called: Callable[..., list[str]],
) -> None:
    words = called()
    assert {"--numprocesses", "--cov"} <= set(words)
    assert "orchestrator/tests" in words


def test_folders_are_tested_by_a_worker_per_cpu_without_coverage(
    called: Callable[..., list[str]],
) -> None:
    words = called(FOLDER)
    assert "--numprocesses" in words
    assert "--cov" not in words
    assert words[-1] == FOLDER


@pytest.mark.parametrize("arguments", [["-k", "a name"], [f"{FOLDER}/test_testing.py::test_x"]])
def test_what_is_picked_is_tested_by_one_process(
    called: Callable[..., list[str]], arguments: list[str]
) -> None:
    words = called(*arguments)
    assert "--numprocesses" not in words
    assert words[-len(arguments) :] == arguments
    assert ("orchestrator/tests" in words) is (arguments[0] == "-k")


def test_what_cargo_starts_ignores_no_signal_that_the_lab_was_told_to_ignore() -> None:
    shown = "import signal; print(*(signal.getsignal(n) != signal.SIG_IGN for n in (2, 1)))"
    asks = testing.with_usual_signals([sys.executable, "-c", shown])
    background = ["sh", "-c", 'trap "" INT HUP; exec "$@"', "sh"]
    printed = subprocess.run([*background, *asks], capture_output=True, text=True, check=True)
    assert printed.stdout.split() == ["True", "True"]


@pytest.mark.parametrize("built", [True, False])
def test_docker_tests_are_told_whether_the_images_were_just_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, built: bool
) -> None:
    given: dict[str, str] = {}

    def run(
        command: Sequence[str], *, env: dict[str, str], **_: object
    ) -> subprocess.CompletedProcess[str]:
        given.update(env)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(testing, "import_path", lambda _root: "there")
    inside = SimpleNamespace(root=ROOT, python=tmp_path / "python", variables=dict)
    testing._pytest(inside, (), built=built, told={})  # type: ignore[arg-type]
    assert (testing.IMAGES_BUILT in given) is built
