"""By what name the lab's commands are called here: by ./lab, in a container, or as installed.

Standard library only: `./lab` imports this before any environment exists.
"""

from __future__ import annotations

import os

PROGRAM = "CLUSTERBENCH_PROGRAM"
"""The environment variable with what the user typed before the command's name."""


def program() -> str:
    """Return what the user typed before the command's name."""
    return os.environ.get(PROGRAM) or "clusterbench"
