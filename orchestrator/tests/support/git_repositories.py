"""Git repositories of tests: nothing of the user's configuration has a say in them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OWN = ("-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, and return what it prints."""
    done = subprocess.run(
        ["git", "-C", str(folder), *_OWN, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit_all(folder: Path, message: str = "a change") -> str:
    """Commit all that a folder holds, in a repository that is made where there is none."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch", "main")
        (folder / ".gitignore").write_text(".lab/\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")
