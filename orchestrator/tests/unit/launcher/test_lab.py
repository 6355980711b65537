"""The file ./lab itself, as a process: the one place where that is tested so."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clusterbench import __version__
from clusterbench.errors import ExitCode
from launcher.main import COMMANDS
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LAB = ROOT / "lab"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Without site-packages: an environment is what the launcher is for making.
    command = [sys.executable, "-S", str(LAB), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_old_pythons_can_read_it_so_that_it_can_turn_them_down() -> None:
    tree = ast.parse(LAB.read_text(), feature_version=(3, 6))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]


@pytest.mark.parametrize(
    ("pretence", "says"),
    [
        ("sys.version_info = (3, 7)", "Python 3.11 or newer is needed, and this is 3.7 ("),
        ("sys.platform = 'darwin'", "only Linux can run this"),
    ],
)
def test_a_host_without_what_it_takes_is_told_so_by_exit_code_three(
    tmp_path: Path, pretence: str, says: str
) -> None:
    code = f"import runpy, sys; {pretence}; runpy.run_path({str(LAB)!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PATH": str(tmp_path)},  # no other Python is found
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.HOST
    assert done.stderr.startswith(f"lab: error: {says}")
    assert "docker compose up orchestrator" in done.stderr


def test_help_names_every_command_and_takes_the_standard_library_alone() -> None:
    done = run("--help")
    assert done.returncode == 0, done.stderr
    shown = [command.name for command in COMMANDS if not command.hidden]
    assert [name for name in shown if f"\n  {name} " not in done.stdout] == []
    assert run().stdout == done.stdout


def test_every_command_is_handled_by_a_function_that_is_there() -> None:
    for command in COMMANDS:
        assert callable(pkgutil.resolve_name(command.handler))


def test_the_version_is_printed_with_the_standard_library_alone() -> None:
    assert run("--version").stdout == f"clusterbench {__version__}\n"


def test_a_mistake_gives_one_message_and_no_traceback() -> None:
    done = run("measure")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("lab: error: lab: there is no command measure")
