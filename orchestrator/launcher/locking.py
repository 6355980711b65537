"""`./lab lock`: make every lock file again, from what each package asks for."""

from __future__ import annotations

import re
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError
from clusterbench.local.build import cache_of
from clusterbench.local.make import held
from clusterbench.own_files import kept
from launcher.environment import Environment, environment
from launcher.say import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

# Extras stay in a lock: pip takes the newest release of `coverage[toml]` where only `coverage` is
# pinned, and refuses it for want of a hash.
UV = (
    *("uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate"),
    "--no-strip-extras",
)
# The name of an index, or of a proxy of one, is no business of whoever installs from a lock.
NO_INDEX = ("--no-emit-index-url", "--no-emit-find-links")
CURRENT = ("--universal", "--python-version", "3.11")
EDITION_2019 = ("--python-version", "3.7", "--exclude-newer", "2020-01-31")
OWN_PACKAGES = ("clusterbench-protos", "grpcio-server")
"""Packages of this repository: installed from their folders, so no lock names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonLock:
    """A lock file, and where its requirements are.

    `source` is a `pyproject.toml` or a `requirements.in`. Of a `pyproject.toml`, `part` is
    `project` (its dependencies), `build-system` (what builds it), or the name of a dependency
    group. Paths are relative to the repository.
    """

    path: str
    source: str
    part: str = "project"


_ORCHESTRATOR = "orchestrator/pyproject.toml"
_COMMON = tuple(
    PythonLock(path=path, source=source, part=part)
    for path, source, part in (
        ("protos/requirements-build.txt", "protos/pyproject.toml", "build-system"),
        ("orchestrator/requirements.txt", _ORCHESTRATOR, "project"),
        ("orchestrator/requirements-uv.txt", _ORCHESTRATOR, "uv"),
        ("orchestrator/requirements-dev.txt", _ORCHESTRATOR, "dev"),
        ("orchestrator/requirements-docs.txt", _ORCHESTRATOR, "docs"),
        ("orchestrator/requirements-release.txt", _ORCHESTRATOR, "release"),
        ("orchestrator/requirements-go.txt", _ORCHESTRATOR, "go"),
        ("orchestrator/requirements-rustup.txt", _ORCHESTRATOR, "rust"),
    )
)
RUST_LOCK = "services/Cargo.lock"
GO_MODULES = (
    "services/ghz-runner",
    "services/grpc-load/tests/interop",
    ".github/actionlint",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locking:
    """What each lock file is made with."""

    root: Path
    inside: Environment
    upgrade: bool

    def python(self, lock: PythonLock, before: Sequence[PythonLock], when: Sequence[str]) -> None:
        """Make one Python lock file. Raises HostError where its requirements cannot be met."""
        with tempfile.TemporaryDirectory() as scratch:
            command = [
                *(*UV, *NO_INDEX, *when),
                *(word for name in OWN_PACKAGES for word in ("--no-emit-package", name)),
                *(word for earlier in before for word in ("--constraint", earlier.path)),
                *(["--upgrade"] if self.upgrade else []),
                *_requirements(self.root, lock, Path(scratch)),
                *("--output-file", lock.path),
            ]
            self._make(lock.path, command, self.inside.building())
        refuse_index_lines(self.root / lock.path)

    def rust(self) -> None:
        """Make the Cargo.lock of the servers and of the load generator. Raises HostError."""
        update = ["cargo", "update", "--quiet", "--manifest-path", "services/Cargo.toml"]
        all_of_it = [] if self.upgrade else ["--workspace"]
        variables = self.inside.with_toolchain("cargo")
        self._make(RUST_LOCK, [*update, *all_of_it], variables)
        for extra, wanted in surplus_ndarrays(self.root / "services"):
            to = ["--package", f"ndarray@{extra}", "--precise", wanted]
            self._make(RUST_LOCK, [*update, *to], variables)

    def go(self, folder: str) -> None:
        """Make go.mod and go.sum of a folder. Raises HostError where go cannot."""
        variables = self.inside.with_toolchain("go")
        what = f"{folder}/go.sum"
        if self.upgrade:
            module = (self.root / folder / "go.mod").read_text()
            newest = [f"{tool}@latest" for tool in re.findall(r"(?m)^tool (\S+)$", module)]
            self._make(what, ["go", "get", "-C", folder, "-tool", *newest], variables)
        self._make(what, ["go", "mod", "tidy", "-C", folder], variables)

    def _make(self, what: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
        log = kept(self.root) / "logs" / "lock.log"
        self.inside.make(command, what=what, log=log, variables=variables)


def lock(arguments: argparse.Namespace) -> None:
    """Make every lock file again, and say how many there are."""
    root = arguments.root
    inside = environment(root, "dev")
    locking = Locking(root=root, inside=inside, upgrade=arguments.upgrade)
    with held(cache_of(root) / "lock", what="building", say=say):
        made = _make_all(locking, edition_2019=arguments.edition_2019)
    say(f"{made} lock files are up to date; `git diff --stat` shows what changed")


def python_locks(root: Path) -> list[PythonLock]:
    """Return today's Python locks: the lab's own, then those that services have.

    A service with a `requirements.txt` has its requirements in `pyproject.toml`; those of a
    binding's build are in `binding/pyproject.toml`.
    """
    found = list(_COMMON)
    for path in _locks_of_services(root):
        if (root / path).with_suffix(".in").exists():
            continue
        if path.stem == "requirements":
            source, part = path.parent / "pyproject.toml", "project"
        else:
            source, part = path.parent / "binding" / "pyproject.toml", "build-system"
        found.append(PythonLock(path=str(path), source=str(source), part=part))
    return found


def python_locks_2019(root: Path) -> list[PythonLock]:
    """Return the Python locks of 2019: those that are made from a `requirements*.in`."""
    return [
        PythonLock(path=str(path), source=str(path.with_suffix(".in")))
        for path in _locks_of_services(root)
        if (root / path).with_suffix(".in").exists()
    ]


def _locks_of_services(root: Path) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.glob("services/*/requirements*.txt"))


def _make_all(locking: Locking, *, edition_2019: bool) -> int:
    """Make every lock file, and return how many there are."""
    # Each lock keeps to the versions of those before it: several go into one environment.
    current = python_locks(locking.root)
    for number, python in enumerate(current):
        locking.python(python, current[:number], CURRENT)
    then = python_locks_2019(locking.root) if edition_2019 else []
    for python in then:
        locking.python(python, (), EDITION_2019)
    locking.rust()
    for folder in GO_MODULES:
        locking.go(folder)
    return len(current) + len(then) + len([RUST_LOCK, *GO_MODULES])


def _requirements(root: Path, lock: PythonLock, scratch: Path) -> list[str]:
    """Return the arguments that name a lock's requirements to uv."""
    if lock.part == "project":
        return [lock.source]
    if lock.part != "build-system":
        return ["--group", f"{lock.source}:{lock.part}"]
    # uv reads no `build-system` table.
    wanted = tomllib.loads((root / lock.source).read_text())["build-system"]["requires"]
    listed = scratch / "requirements.in"
    listed.write_text("\n".join(wanted) + "\n")
    return [str(listed)]


def refuse_index_lines(path: Path) -> None:
    """Check that a lock file names no host. Raises ConfigError with the line that does."""
    for line in path.read_text().splitlines():
        if "://" in line or line.startswith(("--index", "--extra-index", "--find-links", "-i ")):
            raise ConfigError(
                f"{path}: the line `{line}` names a host; lock files must name none: remove the"
                " URL from what the package asks for"
            )


def surplus_ndarrays(services: Path) -> list[tuple[str, str]]:
    """Return the ndarray versions that the workspace does not ask for, each with the one it does.

    rust-numpy takes several versions of ndarray, and cargo chooses the newest for it. Its arrays
    must be of the version that linfa's are made of.
    """
    workspace = tomllib.loads((services / "Cargo.toml").read_text())["workspace"]
    wanted: str = workspace["dependencies"]["ndarray"]
    locked = tomllib.loads((services / "Cargo.lock").read_text())["package"]
    found = [package["version"] for package in locked if package["name"] == "ndarray"]
    series = wanted.rsplit(".", 1)[0]
    return [(version, wanted) for version in found if not version.startswith(f"{series}.")]
