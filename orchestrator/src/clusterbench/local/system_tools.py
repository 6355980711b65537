"""The parts that are the system's: h2load and a browser.

Standard library only: `./lab` imports this before any environment exists.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.host.browser import find_browser
from clusterbench.local.make import Say, make

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "h2load": ("nghttp2-client",),
    "browser": ("chromium-headless-shell", "fonts-dejavu-core"),
}
"""Debian's packages of each part."""


#: Load generators that are the system's.
PROGRAMS = ("h2load",)


def find_programs() -> dict[str, Path]:
    """Find the system's load generators on PATH, by name."""
    return {name: Path(path) for name in PROGRAMS if (path := shutil.which(name))}


def missing() -> dict[str, str]:
    """Return of each system part that is not there what is lost without it, and the remedy."""
    lost = {}
    if "h2load" not in find_programs():
        lost["h2load"] = (
            "h2load is missing, so its scenarios are skipped and no server faster than ghz"
            f" shows its own limit; remedy: {remedy(['h2load'])}"
        )
    if find_browser() is None:
        lost["browser"] = (
            "no Chrome or Chromium was found, so the plots come in the page only, without SVG"
            f" and PNG files; remedy: {remedy(['browser'])}, or set BROWSER_PATH to one"
        )
    return lost


def remedy(parts: list[str]) -> str:
    """Return the one command that installs the parts."""
    packages = [package for part in parts for package in PACKAGES[part]]
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install --no-install-recommends {' '.join(packages)}"


def provide(parts: list[str], *, may_install: bool, log: Path, say: Say) -> None:
    """Install the parts that are missing, as root and where that is allowed; else say how to.

    Never raises for a part that cannot be had: runs end without them.
    """
    lost = {part: text for part, text in missing().items() if part in parts}
    if not lost:
        return
    if not may_install or os.geteuid() != 0 or shutil.which("apt-get") is None:
        for text in lost.values():
            say(f"warning: {text}")
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    say(f"installing {' and '.join(lost)}: {remedy(list(lost))} (--no-install forbids this)")
    try:
        _apt(["update"], what="updating the package lists", log=log, say=say, env=environment)
    except HostError as error:
        say(f"warning: {error}")
    for part, text in lost.items():
        command = ["install", "--no-install-recommends", *PACKAGES[part]]
        try:
            _apt(command, what=f"installing {part}", log=log, say=say, env=environment)
        except HostError as error:
            say(f"warning: {error}\n{text}")


def _apt(arguments: list[str], *, what: str, log: Path, say: Say, env: Mapping[str, str]) -> None:
    # The lock is somebody else's upgrade: waiting a minute is better than failing.
    options = ["-qq", "-y", "-o", "DPkg::Lock::Timeout=60"]
    make(["apt-get", *options, *arguments], what=what, cwd=Path("/"), log=log, say=say, env=env)
