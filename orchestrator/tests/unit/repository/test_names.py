"""Names have one meaning: of modules, and of types."""

from __future__ import annotations

import ast
from collections import Counter

from support.repository import ROOT

ORCHESTRATOR = ROOT / "orchestrator"
MODULES = [
    *(ORCHESTRATOR / "src" / "clusterbench").rglob("*.py"),
    *(ORCHESTRATOR / "launcher").rglob("*.py"),
]


def twice(names: list[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def test_no_two_modules_have_one_name() -> None:
    assert len(MODULES) > 100
    assert twice([file.stem for file in MODULES if not file.stem.startswith("__")]) == []


def test_no_two_types_have_one_name() -> None:
    types = [
        node.name
        for file in MODULES
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert len(types) > 100
    assert twice(types) == []


def test_modules_are_short_enough_to_have_one_reason_to_change() -> None:
    long = {file.name: n for file in MODULES if (n := len(file.read_text().splitlines())) > 300}
    assert long == {}
