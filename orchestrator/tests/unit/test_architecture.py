"""Which part may know of which: the rooms stay apart."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "clusterbench"

#: Modules of ours and of others that do I/O, or know of what does.
EFFECTS = {
    "os", "io", "pathlib", "subprocess", "socket", "shutil", "tempfile", "time", "threading",
    "docker", "grpc", "pandas", "pyarrow", "requests", "yaml",
    "clusterbench.store.run_folder", "clusterbench.bench.turns", "clusterbench.runtime", "clusterbench.bench.client",
    "clusterbench.host", "clusterbench.local", "clusterbench.report", "clusterbench.config.data_folder",
}  # fmt: skip
PURE = [
    "cpus.py", "experiment.py", "percore.py", "records.py", "samples.py", "schedule.py",
    *sorted(str(p.relative_to(SOURCE)) for p in (SOURCE / "measure").glob("*.py")),
]  # fmt: skip


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(module: str, parents: set[str]) -> bool:
    return any(module == parent or module.startswith(parent + ".") for parent in parents)


@pytest.mark.parametrize("name", PURE)
def test_what_computes_a_number_imports_nothing_that_does_io(name: str) -> None:
    wrong = {module for module in imports(SOURCE / name) if within(module, EFFECTS)}
    assert not wrong


def calls(file: Path) -> set[str]:
    return {
        node.func.id
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


@pytest.mark.parametrize("name", PURE)
def test_what_computes_a_number_opens_no_file(name: str) -> None:
    assert not calls(SOURCE / name) & {"open", "print", "input"}


def test_the_report_knows_neither_the_runner_nor_the_runtime() -> None:
    files = sorted((SOURCE / "report").rglob("*.py"))
    assert len(files) > 3
    for file in files:
        wrong = {
            m
            for m in imports(file)
            if within(m, {"clusterbench.bench.turns", "clusterbench.runtime", "clusterbench.bench.client"})
        }
        assert not wrong, file


def test_only_the_command_line_makes_exit_codes_of_errors() -> None:
    exits = [
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if ".exit_code" in file.read_text()
    ]
    assert exits == ["cli.py"]
