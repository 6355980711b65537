"""The tests themselves: what they share is in `support`, and each folder's place is a package's."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TESTS = ROOT / "orchestrator" / "tests"
SUPPORT = sorted((TESTS / "support").glob("*.py"))
OTHERS = sorted(
    path
    for folder in (TESTS, *ROOT.glob("services/*/tests"), *ROOT.glob("services/*/binding/tests"))
    for path in folder.rglob("*.py")
    if path not in SUPPORT
)
#: What neither a test nor what tests share may import.
BESIDE = {path.stem for path in OTHERS} | {"tests", "."}
LONGEST = 300


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path) -> set[str]:
    """Return the top names that a module imports; "." where that is relative to itself."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else str(node.module).partition(".")[0])
    return found


def test_no_test_imports_another_or_a_helper_beside_it() -> None:
    found = {str(path.relative_to(ROOT)): imported(path) & BESIDE for path in [*OTHERS, *SUPPORT]}
    assert {path: names for path, names in found.items() if names} == {}


def test_modules_that_tests_share_are_short() -> None:
    assert [path for path in SUPPORT if len(path.read_text().splitlines()) >= LONGEST] == []


def test_no_two_test_modules_have_one_name() -> None:
    names = [path.name for path in OTHERS if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))


def test_unit_tests_lie_in_folders_named_as_the_package_is() -> None:
    package = ROOT / "orchestrator" / "src" / "clusterbench"
    known = {path.name for path in package.iterdir() if path.is_dir()} | {"launcher", "repository"}
    folders = {path.name for path in (TESTS / "unit").iterdir() if path.name != "__pycache__"}
    assert folders <= known


def test_an_experiment_is_built_in_one_place() -> None:
    def builds(path: Path) -> bool:
        calls = (n for n in ast.walk(parsed(path)) if isinstance(n, ast.Call))
        return any(isinstance(c.func, ast.Name) and c.func.id == "Experiment" for c in calls)

    assert [path.name for path in [*OTHERS, *SUPPORT] if builds(path)] == ["factories.py"]
