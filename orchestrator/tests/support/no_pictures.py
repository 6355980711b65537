"""How tests have a run draw no pictures."""

from __future__ import annotations

from typing import Final

NO_BROWSER: Final = "/"
"""BROWSER_PATH of a run that draws nothing: it is there, so that none is installed, and no file."""
