"""The file ./lab itself, as a process: the one place where that is tested so."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys

from clusterbench import __version__
from launcher.main import COMMANDS
from support.repository import ROOT

LAB = ROOT / "lab"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Without site-packages: an environment is what the launcher is for making.
    command = [sys.executable, "-S", str(LAB), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_old_pythons_can_read_it_so_that_it_can_turn_them_down() -> None:
    tree = ast.parse(LAB.read_text(), feature_version=(3, 6))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]


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
