"""Revisions of the repository, checked out below `.lab`: what `compare` builds servers from.

Nothing of the user's working tree, index or list of worktrees is touched. Standard library only:
`./lab` imports this before any environment exists.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from clusterbench.config.arms import resolved, short
from clusterbench.errors import ConfigError, HostError, indent, one_of
from clusterbench.own_files import kept, naming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.config.arms import Asked

#: How many names of branches and tags a message is made from.
_NAMES = 200


def folder_of(root: Path, commit: str) -> Path:
    """Return where a commit of the repository at `root` is checked out."""
    return kept(root) / "revisions" / short(commit)


def resolve(asked: Asked, root: Path) -> Asked:
    """Return an arm whose revision, if it has one, is known to be a commit.

    Raises ConfigError for a revision that there is not, HostError where there is no git.
    """
    if asked.revision is None or asked.commit is not None:
        return asked
    what = f"{asked.written}: {asked.revision}"
    if _git(root, "rev-parse", "--git-dir") is None:
        raise ConfigError(f"{what}: {root} is no git repository, so it has no revisions")
    commit = _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{asked.revision}^{{commit}}"
    )
    if not commit:
        names = _git(root, "for-each-ref", f"--count={_NAMES}", "--format=%(refname:short)") or ""
        raise ConfigError(
            f"{what} is no revision of this repository; {one_of(asked.revision, names.split())}"
            f"{_shallow(root)}"
        )
    return resolved(asked, commit)


def check_out(root: Path, commit: str) -> Path:
    """Check a commit out, where that was not done before; return its folder.

    Raises HostError where it cannot be done.
    """
    target = folder_of(root, commit)
    if target.is_dir():
        return target
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    git = _git(root, "rev-parse", "--absolute-git-dir") or ""
    # The lab may lie in a folder of a larger repository.
    prefix = _git(root, "rev-parse", "--show-prefix") or ""
    places = {
        "GIT_DIR": git,
        "GIT_WORK_TREE": str(beside),
        "GIT_INDEX_FILE": str(beside / ".index"),
    }
    try:
        with naming(beside):
            beside.mkdir(parents=True)
        _done(beside, "read-tree", f"{commit}:{prefix}" if prefix else commit, more=places)
        _done(beside, "checkout-index", "--all", more=places)
        (beside / ".index").unlink()
        with naming(target):
            beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def _shallow(root: Path) -> str:
    if _git(root, "rev-parse", "--is-shallow-repository") != "true":
        return ""
    return "; this clone is shallow and lacks history: git fetch --unshallow (in CI: fetch-depth 0)"


def _done(root: Path, *words: str, more: Mapping[str, str]) -> None:
    """Run a command of git that must not fail. Raises HostError with what it wrote."""
    ran = _run(root, words, more)
    if ran.returncode != 0:
        raise HostError(
            f"`git {' '.join(words)}` failed with {ran.returncode}:\n{indent(ran.stderr)}"
        )


def _git(root: Path, *words: str) -> str | None:
    """Return what a command of git prints; None where it fails. Raises HostError without git."""
    ran = _run(root, words, {})
    return ran.stdout.strip() if ran.returncode == 0 else None


def _run(
    root: Path, words: tuple[str, ...], more: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    # A hook of git's runs with the folders of its own call in the environment.
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")
    }
    try:
        return subprocess.run(
            ["git", "-C", str(root), *words],
            env={**own, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise HostError(
            f"git: {error.strerror}; a revision of the repository takes it; "
            "remedy: apt-get install git"
        ) from error
