"""The file ./lab itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

LAB = Path(__file__).resolve().parents[4] / "lab"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(LAB), *arguments], capture_output=True, text=True, check=False
    )


def test_old_pythons_can_read_it_so_that_it_can_turn_them_down() -> None:
    tree = ast.parse(LAB.read_text(), feature_version=(3, 6))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]


def test_help_names_every_command() -> None:
    from launcher.main import COMMANDS  # noqa: PLC0415 - conftest makes it importable

    done = run("--help")
    assert done.returncode == 0
    missing = [name for name in COMMANDS if f"\n  {name} " not in done.stdout]
    assert missing == []


def test_no_command_gives_the_help() -> None:
    assert run().stdout == run("--help").stdout


def test_an_unknown_command_lists_the_right_ones() -> None:
    done = run("measure")
    assert done.returncode == 2
    assert "measure is no command" in done.stderr
    assert "run, plan, report" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--runtime", "podman"], "invalid choice: 'podman'"),
        (["run", "--data", "/nowhere"], "/nowhere is no folder"),
        (["serve"], "required: NAME"),
        (["serve", "rust-tonic", "--port", "0"], "0 is no port: 1 to 65535"),
        (["build", "everything"], "takes no arguments"),
        (["lint", "everything"], "the checks are: ruff-check, "),
    ],
)
def test_a_users_mistake_gives_one_message_and_no_traceback(
    arguments: list[str], says: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
