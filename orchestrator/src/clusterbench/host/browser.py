"""The host's Chrome or Chromium, which draws the plots' SVG and PNG files.

Standard library only: `./lab` imports this before any environment exists.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a browser may be called, the lightest first.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)


def find_browser(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the browser that BROWSER_PATH names, else one on PATH; None without any."""
    named = environment.get("BROWSER_PATH", "")
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    found = (shutil.which(name) for name in BROWSERS)
    return next((Path(path) for path in found if path is not None), None)
