"""The parts that are the system's: h2load, a browser, and the C compiler that cargo links with.

Standard library only: `./lab` imports this before any environment exists.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.host.browser import find_browser
from clusterbench.local.make import Say, make
from clusterbench.own_files import trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "h2load": ("nghttp2-client",),
    "browser": ("chromium-headless-shell", "fonts-dejavu-core"),
    "cc": ("gcc", "libc6-dev"),
}
"""Debian's packages of each part."""


#: Load generators that are the system's, and what is lost without each beside its scenarios.
PROGRAMS: Mapping[str, str] = {"h2load": "nothing else makes an overload, or checks grpc-load"}


def find_programs() -> dict[str, Path]:
    """Find the system's load generators on PATH, by name."""
    return {name: Path(path) for name in PROGRAMS if (path := shutil.which(name))}


def missing() -> dict[str, str]:
    """Return of each system part that is not there what is lost without it, and the remedy."""
    found = find_programs()
    lost = {
        name: f"{name} is missing, so its scenarios are skipped and {loss}; remedy: "
        f"{remedy([name])}"
        for name, loss in PROGRAMS.items()
        if name not in found
    }
    if find_browser() is None:
        lost["browser"] = (
            "no Chrome or Chromium was found, so the plots come in the page only, without SVG"
            f" and PNG files; remedy: {remedy(['browser'])}, or set BROWSER_PATH to one"
        )
    if shutil.which("cc") is None:
        lost["cc"] = (
            "no C compiler was found, which cargo links with, so servers and load generators in"
            f" Rust are left out; remedy: {remedy(['cc'])}"
        )
    return lost


def remedy(parts: list[str]) -> str:
    """Return the one command that installs the parts."""
    packages = [package for part in parts for package in PACKAGES[part]]
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install --no-install-recommends {' '.join(packages)}"


def provide(
    parts: Iterable[str],
    *,
    install: bool | None,
    log: Path,
    say: Say,
    ask: Callable[[str], bool] | None = None,
) -> None:
    """Install the parts that are missing, where that is wanted and allowed; else say how to.

    `install` decides; None asks on a terminal, and installs where there is none. Installing takes
    root. Never raises for a part that cannot be had: runs end without them.
    """
    known = missing()
    lost = {part: known[part] for part in parts if part in known}
    if not lost:
        return
    command = remedy(list(lost))
    able = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if able and install is None and on_terminal():
        install = (ask or confirmed)(f"{' and '.join(lost)} missing. Run `{command}`?")
    if not able or install is False:
        for text in lost.values():
            say(f"warning: {text}")
        return
    say(f"installing {' and '.join(lost)}: {command} (--no-install forbids this)")
    _install(lost, log, say)


def on_terminal() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirmed(question: str) -> bool:
    """Ask on the terminal; anything but yes is no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _install(lost: Mapping[str, str], log: Path, say: Say) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
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
    command = ["apt-get", *options, *arguments]
    try:
        make(command, what=what, cwd=Path("/"), log=log, say=say, env=env)
    except OSError as error:
        raise HostError(f"{what} failed: {trouble(error)}") from error
