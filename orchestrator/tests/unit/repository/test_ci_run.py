"""What CI runs (`.ci/run`): what it fails by, and that pytest's line is the last."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: ./lab: lint, then a test run that writes down what it was told and which tests ran.
LAB = """#!/bin/sh
if [ "$1" = lint ]; then echo linted; exit ${LINT:-0}; fi
env >told
for option in $PYTEST_ADDOPTS; do report=${option#--junitxml=}; done
echo "<x><testcase classname='orchestrator.tests.${RAN:-docker}.test_x'/></x>" >"$report"
echo '== 1 passed =='
exit ${TESTS:-0}
"""
#: docker: an engine that is there when the file `engine` is.
DOCKER = """#!/bin/sh
[ "$1" = info ] && exec test -e engine
echo "$@" >>asked
"""

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def ci(tmp_path: Path) -> Callable[..., Run]:
    """Return what runs `.ci/run` in a repository of stand-ins, with environment variables."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    for name, script in {"lab": LAB, "bin/docker": DOCKER, "bring": "touch engine"}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(*, engine: bool = True, bring: str = "none", **settings: str) -> Run:
        if engine:
            (tmp_path / "engine").touch()
        path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        kept = {"PATH": path, "CI_BRING_ENGINE": bring, "TMPDIR": str(tmp_path)}
        command = [tmp_path / ".ci" / "run"]
        return subprocess.run(
            command, cwd=tmp_path, env={**kept, **settings},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


def told(folder: Path) -> dict[str, str]:
    lines = (folder / "told").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_lint_goes_first_and_the_last_line_is_that_of_the_tests(ci: Callable[..., Run]) -> None:
    done = ci()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["linted", "== 1 passed =="]


@pytest.mark.parametrize("fails", ["LINT", "TESTS"])
def test_what_fails_fails_the_whole_and_all_runs(ci: Callable[..., Run], fails: str) -> None:
    done = ci(**{fails: "1"})
    assert done.returncode == 1
    assert "== 1 passed ==" in done.stdout


def test_with_an_engine_docker_tests_must_have_run(ci: Callable[..., Run], tmp_path: Path) -> None:
    done = ci(RAN="unit")
    assert done.returncode == 1
    assert "no Docker test ran" in done.stderr
    assert told(tmp_path)["CLUSTERBENCH_REQUIRE_DOCKER"] == "1"


def test_without_an_engine_none_is_required(ci: Callable[..., Run], tmp_path: Path) -> None:
    assert ci(engine=False, RAN="unit").returncode == 0
    assert "CLUSTERBENCH_REQUIRE_DOCKER" not in told(tmp_path)
    assert not (tmp_path / "asked").exists(), "no image is asked for"


def test_an_engine_is_brought_where_a_program_beside_the_repository_can(
    ci: Callable[..., Run], tmp_path: Path
) -> None:
    done = ci(engine=False, bring=str(tmp_path / "bring"))
    assert done.returncode == 0, done.stderr
    assert told(tmp_path)["CLUSTERBENCH_REQUIRE_DOCKER"] == "1"


def test_an_engine_that_could_not_be_brought_ends_the_run(
    ci: Callable[..., Run], tmp_path: Path
) -> None:
    (tmp_path / "bring").write_text("#!/bin/sh\necho no disk >&2; exit 3\n")
    done = ci(engine=False, bring=str(tmp_path / "bring"))
    assert done.returncode == 3
    assert "no disk" in done.stderr
    assert not (tmp_path / "told").exists()
