"""Which commit of the lab's repository runs.

Standard library only: `./lab` asks this before any environment exists.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: The variable that says it in a container, where there is no repository.
COMMIT = "CLUSTERBENCH_COMMIT"
DIRTY = "-dirty"
#: How long git may take (s).
_DEADLINE = 20.0


def own_commit(root: Path) -> str | None:
    """Return the commit that is checked out at `root`, with `-dirty` where files differ from it.

    Where COMMIT is set in the environment it is that. None where it is not known: in a container
    that was not told, without git, in a folder that is no repository.
    """
    if COMMIT in os.environ:
        return os.environ[COMMIT] or None
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    # What git does not track is new, or of the lab's own making, and changes no figure of a server.
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    return commit if changed == "" else commit + DIRTY


def _git(root: Path, *words: str) -> str | None:
    """Return what a command of git prints; None where it fails."""
    program = shutil.which("git")
    if program is None:
        return None
    # A hook of git's runs with the folders of its own call in the environment.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_DIR")}
    command = [program, "-C", str(root), "--no-optional-locks", *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_DEADLINE, env=kept,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
