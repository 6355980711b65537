"""Where the time of a test run went, as its closing tells."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from launcher.time_spent import VARIABLE, Stopwatch, lines, parts_before
from support.repository import ROOT


def report(nodeid: str, minutes: float) -> SimpleNamespace:
    return SimpleNamespace(nodeid=nodeid, duration=60 * minutes)


def test_parts_that_went_before_come_first_and_each_kind_of_tests_has_a_line() -> None:
    tests = "orchestrator/tests"
    told = lines(
        {"lint": 90.0},
        [
            report(f"{tests}/unit/test_a.py::test_a", 0.5),
            report("services/training/tests/test_process.py::test_docker", 1.0),
            report(f"{tests}/process/test_b.py::test_b", 2.0),
            report(f"{tests}/process/test_b.py::test_b", 0.25),
        ],
    )
    lint, unit, process, _ = told
    assert lint.split() == ["lint", "1.5", "min"]
    assert unit.split() == ["unit", "tests", "1.5", "min", "2", "tests"]
    assert process.split() == ["process", "tests", "2.2", "min", "1", "tests"]


def test_time_of_a_part_adds_up_and_follows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, '{"lint": 61}')
    spent = Stopwatch()
    with spent.on("servers"):
        pass
    first = spent.seconds["servers"]
    with pytest.raises(KeyError), spent.on("servers"):
        raise KeyError
    assert spent.seconds["servers"] >= first >= 0
    assert list(json.loads(spent.variables()[VARIABLE])) == ["lint", "servers"]


@pytest.mark.parametrize("value", ["", "[1]", '{"lint": "soon"}', "3"])
def test_a_variable_that_holds_no_seconds_is_passed_over(value: str) -> None:
    assert parts_before({VARIABLE: value}) == {}


@pytest.mark.parametrize("workers", [[], ["--numprocesses", "1"]])
def test_pytest_tells_it_just_before_its_own_closing_line(workers: list[str]) -> None:
    one = "orchestrator/tests/unit/launcher/test_time_spent.py::test_time_of_a_part_adds_up"
    command = [sys.executable, "-m", "pytest", "-c", "orchestrator/pyproject.toml", *workers]
    done = subprocess.run(
        [*command, "--rootdir", str(ROOT), "-p", "no:cacheprovider", f"{one}_and_follows_it"],
        cwd=ROOT, env={**os.environ, VARIABLE: '{"lint": 30}', "PYTEST_ADDOPTS": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    *_, title, lint, unit, _, closing = filter(None, done.stdout.splitlines())
    assert "where the time went" in title
    assert lint.split() == ["lint", "0.5", "min"]
    assert unit.split()[:2] == ["unit", "tests"]
    assert re.search(r"1 passed in", closing)
