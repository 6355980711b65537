"""Environments of locked packages, made once for a lock, a Python and a place."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from clusterbench.errors import HostError
from clusterbench.host.browser import find_browser
from clusterbench.local.build import cache_of
from clusterbench.local.build_environment import build_environment, of_the_user, pip_settings
from clusterbench.local.make import held, make
from clusterbench.local.source_digest import digest
from clusterbench.local.toolchains import Toolchains, merged, require_venv
from clusterbench.own_files import HOME, kept, naming
from launcher.say import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RUN = ("orchestrator/requirements.txt", "protos/requirements-build.txt")
_DOCS = ("orchestrator/requirements-docs.txt",)
LOCKS = {"run": _RUN, "dev": (*_RUN, "orchestrator/requirements-dev.txt", *_DOCS), "docs": _DOCS}
"""The lock files of each kind of environment."""

_WITHOUT_OURS = frozenset({"docs"})
"""The kinds that hold none of the lab's own packages."""

COMPLETE = "complete"
"""The file that is written last: an environment without it was cut short."""

LOCKED = "locked"
"""The file that is written when the locked packages are in, before the lab's own."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that is complete."""

    root: Path
    path: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin" / "python"

    def variables(self) -> dict[str, str]:
        """Return the environment variables for what runs in it, and is no build."""
        variables = self._with_path(of_the_user())
        browser = find_browser()
        if browser is not None:
            # kaleido knows some names of Chromium, and Debian's headless shell is none of them.
            variables["BROWSER_PATH"] = str(browser)
        return variables

    def with_toolchain(self, name: str) -> dict[str, str]:
        """Return `building` with those of a toolchain: cargo, or go. Raises HostError."""
        toolchains = Toolchains(self.root, cache_of(self.root), say)
        return merged(self.building(), toolchains.get(name).environment)

    def building(self) -> dict[str, str]:
        """Return the environment variables for what builds, or makes lock files, in it."""
        return self._with_path(build_environment())

    def _with_path(self, variables: dict[str, str]) -> dict[str, str]:
        path = f"{self.path / 'bin'}{os.pathsep}{variables.get('PATH', os.defpath)}"
        return {**variables, "PATH": path}

    def make(
        self, command: Sequence[str], *, what: str, log: Path, variables: Mapping[str, str]
    ) -> None:
        """Run a program of those on PATH: see `clusterbench.local.make`."""
        program = shutil.which(command[0], path=variables["PATH"]) or command[0]
        done = [program, *command[1:]]
        make(done, what=what, cwd=self.root, log=log, say=say, env=variables)

    def build_servers(self) -> bool:
        """Build the servers, and return whether they could be built."""
        command = [str(self.python), "-m", "clusterbench", "build"]
        done = subprocess.run(command, cwd=self.root, env=self.variables(), check=False)
        return done.returncode == 0

    def become(self, arguments: Sequence[str], more: Mapping[str, str]) -> NoReturn:
        """Replace this process by the environment's Python, in the repository's root.

        `more` are environment variables beside the usual ones.
        Signals and the exit code are then its own. While it runs it holds a lock that keeps
        the environment from being cleared away.
        """
        use = os.open(self.path / COMPLETE, os.O_RDONLY)
        fcntl.flock(use, fcntl.LOCK_SH)
        os.set_inheritable(use, True)  # noqa: FBT003 - the only argument it has
        os.chdir(self.root)
        variables = {**self.variables(), **more}
        os.execve(self.python, [str(self.python), *arguments], variables)  # noqa: S606


def environment(root: Path, kind: str) -> Environment:
    """Make the environment of a kind (`run`, `dev` or `docs`), or take the one that is there.

    Raises HostError, with the remedy, when it cannot be made.
    """
    home = kept(root) / "env"
    if os.pathsep in str(home):
        raise HostError(
            f"{home}: no environment can be made there, since PATH is parted at each"
            f" `{os.pathsep}`; remedy: set {HOME} to a folder without one in its path, or move the"
            " repository"
        )
    name = f"{kind}-py{sys.version_info.major}.{sys.version_info.minor}"
    path = home / f"{name}-{_key(root, kind)}"
    # What the local packages are made from. clusterbench is installed as editable.
    ours = [] if kind in _WITHOUT_OURS else [Path("protos"), Path("orchestrator/pyproject.toml")]
    packages = digest(root, ours)
    if _completed(path) == packages:
        return Environment(root, path)
    with held(home / "lock", what="making an environment", say=say):
        if _completed(path) != packages:
            if not (path / LOCKED).exists():
                _install_locked(root, path, kind)
            if ours:
                _install_packages(root, path)
            with naming(path / COMPLETE):
                (path / COMPLETE).write_text(packages)
            _clear_old(home, name, keep=path)
    return Environment(root, path)


def _key(root: Path, kind: str) -> str:
    """Hash what an environment depends on: the locks, the Python, and where it lies.

    The place counts since an environment's scripts hold it: a moved clone makes its own.
    """
    parts = [sys.version, sys.base_prefix, platform.machine(), str(root)]
    total = hashlib.sha256("\n".join(parts).encode())
    for lock in LOCKS[kind]:
        total.update((root / lock).read_bytes())
    return total.hexdigest()[:12]


def _completed(path: Path) -> str | None:
    try:
        return (path / COMPLETE).read_text()
    except FileNotFoundError:
        return None


def _install_locked(root: Path, path: Path, kind: str) -> None:
    require_venv(sys.executable)
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    say(f"making the environment {shown}, once")
    shutil.rmtree(path, ignore_errors=True)
    _make(root, "making the environment", [sys.executable, "-m", "venv", str(path)])
    locks = [word for lock in LOCKS[kind] for word in ("-r", lock)]
    install = [str(path / "bin" / "pip"), "install", "--require-hashes", *locks]
    # Of all that checks and tests may use they import a part: that part is compiled when they do.
    install += ["--no-compile"] if kind == "dev" else []
    _make(root, "installing locked packages", install)
    (path / LOCKED).touch()


def _install_packages(root: Path, path: Path) -> None:
    # The mark goes first and comes back last: what was cut short is done again.
    (path / COMPLETE).unlink(missing_ok=True)
    install = [str(path / "bin" / "pip"), "install", "--no-deps", "--no-build-isolation"]
    local = ["--force-reinstall", "./protos", "--editable", "./orchestrator"]
    _spell_in_ascii(path)  # what was cut short before this was done
    _make(root, "installing the lab's own packages", [*install, *local])
    _spell_in_ascii(path)


def _spell_in_ascii(path: Path) -> None:
    """Have an environment name the folders to import from by their bytes.

    Python reads the files that name them (.pth) in the locale's encoding, which may lack a letter
    of the repository's path.
    """
    for file in path.glob("lib/python*/site-packages/*.pth"):
        content = file.read_bytes()
        if not content.isascii():
            named = (f"sys.path.append(os.fsdecode({line!r}))" for line in content.splitlines())
            with naming(file):
                file.write_text(f"import os, sys; {'; '.join(named)}\n", encoding="ascii")


def _make(root: Path, what: str, command: Sequence[str]) -> None:
    log = kept(root) / "logs" / "environment.log"
    variables = build_environment()
    if Path(command[0]).name == "pip":
        variables |= pip_settings(str(Path(command[0]).with_name("python")), variables)
    make(command, what=what, cwd=root, log=log, say=say, env=variables)


def _clear_old(home: Path, name: str, *, keep: Path) -> None:
    """Remove this kind's environments of older locks, but none that is in use."""
    for old in home.glob(f"{name}-*"):
        if old == keep:
            continue
        try:
            with (old / COMPLETE).open() as use:
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old, ignore_errors=True)
        except FileNotFoundError:
            shutil.rmtree(old, ignore_errors=True)
        except OSError:  # in use, or somebody else's
            continue
