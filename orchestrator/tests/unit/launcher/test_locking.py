"""`./lab lock`: every lock file of the repository, and what may not be in one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import ConfigError
from launcher import locking
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = sorted([*ROOT.glob("*/requirements*.txt"), *ROOT.glob("services/*/requirements*.txt")])


def test_every_lock_file_of_the_repository_is_made_by_it() -> None:
    made = {lock.path for lock in (*locking.python_locks(ROOT), *locking.python_locks_2019(ROOT))}
    assert made == {str(path.relative_to(ROOT)) for path in LOCKS}
    modules = {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("services/**/go.mod")}
    assert modules < set(locking.GO_MODULES)


def test_the_example_of_a_contender_runs_on_versions_of_the_lock_files() -> None:
    pin = re.compile(r"(?m)^([\w.-]+)==(\S+)")
    locked = {found for path in LOCKS for found in pin.findall(path.read_text())}
    example = ROOT / "docs" / "examples" / "aio-contender" / "requirements.txt"
    asked = set(pin.findall(example.read_text()))
    assert asked
    assert asked <= locked


def test_every_source_of_a_lock_file_is_there() -> None:
    locks = [*locking.python_locks(ROOT), *locking.python_locks_2019(ROOT)]
    assert [lock.source for lock in locks if not (ROOT / lock.source).is_file()] == []


def test_a_new_service_needs_no_line_here(tmp_path: Path) -> None:
    for name in ("mine/pyproject.toml", "mine/requirements.txt", "old/requirements.in"):
        (tmp_path / "services" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "services" / name).touch()
    (tmp_path / "services" / "old" / "requirements.txt").touch()
    mine = locking.PythonLock(
        path="services/mine/requirements.txt", source="services/mine/pyproject.toml"
    )
    assert locking.python_locks(tmp_path)[-1] == mine
    assert [lock.source for lock in locking.python_locks_2019(tmp_path)] == [
        "services/old/requirements.in"
    ]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_file_names_no_host_and_pins_everything_by_hash(path: Path) -> None:
    locking.refuse_index_lines(path)
    pinned = re.findall(r"(?m)^(\S+==\S+)( ;.*)? \\$", path.read_text())
    assert len(pinned) == len(re.findall(r"(?m)^[^\s#]", path.read_text()))


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://index.example/simple",
        "--find-links /opt/wheels",
        "mine @ https://index.example/mine-1.0.tar.gz",
    ],
)
def test_a_lock_file_that_names_a_host_is_refused(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"numpy==2.4.6 \\\n    --hash=sha256:00\n{line}\n")
    with pytest.raises(ConfigError, match=re.escape(line)):
        locking.refuse_index_lines(lock)


def test_a_version_of_ndarray_that_linfa_cannot_take_is_moved(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[workspace.dependencies]\nndarray = "0.16.1"\n')
    packages = [("ndarray", "0.16.1"), ("ndarray", "0.17.2"), ("numpy", "0.30.0")]
    (tmp_path / "Cargo.lock").write_text(
        "".join(f'[[package]]\nname = "{name}"\nversion = "{v}"\n' for name, v in packages)
    )
    assert locking.surplus_ndarrays(tmp_path) == [("0.17.2", "0.16.1")]
