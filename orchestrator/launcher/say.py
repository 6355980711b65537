"""What the launcher tells its user: on standard error, one line each, at once."""

from __future__ import annotations

from clusterbench.cli import app

_only_warnings = False


def be_quiet() -> None:
    """Print warnings alone from now on (`--quiet`)."""
    global _only_warnings  # noqa: PLW0603 - there is one user, and one command line
    _only_warnings = True


def is_quiet() -> bool:
    """Return whether warnings alone are printed."""
    return _only_warnings


def say(text: str) -> None:
    """Print one line, on standard error."""
    app.teller(quiet=_only_warnings)(text)
