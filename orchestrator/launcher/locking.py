"""`./lab lock`: make every lock file again, from what each package asks for."""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError
from clusterbench.local.build import cache_of
from clusterbench.local.make import held, make
from clusterbench.local.toolchains import Toolchains, merged
from launcher.environment import Environment, environment
from launcher.say import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UV = ("uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate")
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
_COMMON = (
    PythonLock(
        path="protos/requirements-build.txt", source="protos/pyproject.toml", part="build-system"
    ),
    PythonLock(path="orchestrator/requirements.txt", source=_ORCHESTRATOR),
    PythonLock(path="orchestrator/requirements-dev.txt", source=_ORCHESTRATOR, part="dev"),
    PythonLock(path="orchestrator/requirements-go.txt", source=_ORCHESTRATOR, part="go"),
    PythonLock(path="orchestrator/requirements-rustup.txt", source=_ORCHESTRATOR, part="rust"),
)
GO_MODULES = ("services/ghz-runner", ".github/actionlint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locking:
    """What each lock file is made with."""

    root: Path
    inside: Environment
    toolchains: Toolchains
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
            self._make(lock.path, command, self.inside.variables())
        refuse_index_lines(self.root / lock.path)

    def rust(self) -> None:
        """Make services/Cargo.lock. Raises HostError where cargo cannot."""
        manifest = ("--manifest-path", "services/Cargo.toml")
        variables = self._with("cargo")
        everything = [] if self.upgrade else ["--workspace"]
        what = "services/Cargo.lock"
        self._make(what, ["cargo", "update", "--quiet", *manifest, *everything], variables)
        for extra, wanted in surplus_ndarrays(self.root / "services"):
            to = ["--package", f"ndarray@{extra}", "--precise", wanted]
            self._make(what, ["cargo", "update", "--quiet", *manifest, *to], variables)

    def go(self, folder: str) -> None:
        """Make go.mod and go.sum of a folder. Raises HostError where go cannot."""
        variables = self._with("go")
        what = f"{folder}/go.sum"
        if self.upgrade:
            module = (self.root / folder / "go.mod").read_text()
            newest = [f"{tool}@latest" for tool in re.findall(r"(?m)^tool (\S+)$", module)]
            self._make(what, ["go", "get", "-C", folder, "-tool", *newest], variables)
        self._make(what, ["go", "mod", "tidy", "-C", folder], variables)

    def _with(self, toolchain: str) -> dict[str, str]:
        return merged(self.inside.variables(), self.toolchains.get(toolchain).environment)

    def _make(self, what: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
        program = shutil.which(command[0], path=variables["PATH"]) or command[0]
        log = self.root / ".lab" / "logs" / "lock.log"
        make([program, *command[1:]], what=what, cwd=self.root, log=log, say=say, env=variables)


def lock(root: Path, arguments: Sequence[str]) -> int:
    """Make every lock file again, and name each one that changed."""
    options = _options(arguments)
    inside = environment(root, "dev", say)
    toolchains = Toolchains(root, cache_of(root), say)
    locking = Locking(root=root, inside=inside, toolchains=toolchains, upgrade=options.upgrade)
    with held(cache_of(root) / "lock", what="building", say=say):
        paths = _make_all(locking, edition_2019=options.edition_2019)
    say(f"{len(paths)} lock files are up to date; `git diff --stat` shows what changed")
    return 0


def python_locks(root: Path) -> list[PythonLock]:
    """Return today's Python locks: the lab's own, then those that services have.

    A service with a `requirements.txt` has its requirements in `pyproject.toml`; those of a
    binding's build are in `binding/pyproject.toml`.
    """
    found = list(_COMMON)
    for path in sorted(root.glob("services/*/requirements*.txt")):
        if path.with_suffix(".in").exists():
            continue
        folder = path.parent.relative_to(root)
        if path.stem == "requirements":
            found.append(
                PythonLock(path=f"{folder}/{path.name}", source=f"{folder}/pyproject.toml")
            )
        else:
            source = f"{folder}/binding/pyproject.toml"
            found.append(
                PythonLock(path=f"{folder}/{path.name}", source=source, part="build-system")
            )
    return found


def python_locks_2019(root: Path) -> list[PythonLock]:
    """Return the Python locks of 2019: those that are made from a `requirements*.in`."""
    sources = sorted(path.relative_to(root) for path in root.glob("services/*/requirements*.in"))
    return [
        PythonLock(path=str(source.with_suffix(".txt")), source=str(source))
        for source in sources
        if (root / source.with_suffix(".txt")).exists()
    ]


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./lab lock",
        allow_abbrev=False,
        description="Make every lock file again. Versions that are locked stay, unless what is"
        " asked for has changed.",
    )
    parser.add_argument(
        "--upgrade", action="store_true", help="move every version to the newest that is allowed"
    )
    parser.add_argument(
        "--edition-2019",
        action="store_true",
        help="also the Python locks of 2019: the newest versions of 31 January 2020",
    )
    return parser.parse_args(list(arguments))


def _make_all(locking: Locking, *, edition_2019: bool) -> list[str]:
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
    sums = [f"{folder}/go.sum" for folder in GO_MODULES]
    return [*(python.path for python in (*current, *then)), "services/Cargo.lock", *sums]


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
