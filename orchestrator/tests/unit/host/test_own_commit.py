"""Which commit of the lab's repository runs, by a real git."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from clusterbench.host.own_commit import COMMIT, own_commit

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, *words: str) -> str:
    given = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    done = subprocess.run([*given, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(COMMIT, raising=False)
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def test_it_is_the_commit_that_is_checked_out(repository: Path) -> None:
    assert own_commit(repository) == git(repository, "rev-parse", "HEAD")


def test_a_changed_file_makes_it_dirty_and_a_new_one_does_not(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    (repository / "results").write_text("new")
    assert own_commit(repository) == head
    (repository / "file").write_text("two")
    assert own_commit(repository) == f"{head}-dirty"


def test_the_environment_says_it_in_a_container(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COMMIT, "abc")
    assert own_commit(repository) == "abc"
    monkeypatch.setenv(COMMIT, "")
    assert own_commit(repository) is None


def test_it_is_not_known_without_a_repository_a_commit_or_git(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert own_commit(empty) is None
    git(empty, "init", "-q")
    assert own_commit(empty) is None
    monkeypatch.setenv("PATH", str(empty))
    assert own_commit(repository) is None
