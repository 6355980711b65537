"""What the launcher tells its user: on standard error, one line each, at once."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Tell the user one thing."""
    sys.stderr.write(f"lab: {text}\n")
    sys.stderr.flush()
