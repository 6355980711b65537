"""`./lab lint`: every check, one line each, all of them even where one fails."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, HostError
from clusterbench.local.build import cache_of
from clusterbench.local.make import held, make
from clusterbench.local.toolchains import Toolchains, merged
from launcher.environment import Environment, environment
from launcher.say import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONFIG = "orchestrator/pyproject.toml"
PYTHON_ROOMS = ("lab", "orchestrator", "protos", "services")
TYPED = ("orchestrator/src", "orchestrator/launcher", "protos/build_stubs.py")
"""What mypy checks beside the services' packages."""

NOT_OURS = frozenset({".git", ".lab", "target", "results", "node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: its name, its command, and the toolchains that it needs."""

    name: str
    command: tuple[str, ...]
    needs: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)


def lint(root: Path, arguments: Sequence[str]) -> int:
    """Run every check and give 1 if any failed."""
    if arguments:
        raise ConfigError(f"./lab lint takes no arguments, and got: {' '.join(arguments)}")
    inside = environment(root, "dev", say)
    toolchains = Toolchains(root, cache_of(root), say)
    results = [_passes(check, inside, toolchains) for check in checks(root, inside)]
    return 0 if all(results) else 1


def checks(root: Path, inside: Environment) -> Iterator[Check]:
    """Return every check, the quick ones first."""
    ruff = ("--config", CONFIG, *(room for room in PYTHON_ROOMS if (root / room).exists()))
    yield Check(name="ruff check", command=("ruff", "check", "--quiet", *ruff))
    yield Check(name="ruff format", command=("ruff", "format", "--check", "--quiet", *ruff))
    yield from _mypy(root)
    scripts = sorted(str(path.relative_to(root)) for path in _shell_scripts(root))
    if scripts:
        yield Check(name="shellcheck", command=("shellcheck", *scripts))
    dockerfiles = sorted(
        str(path.relative_to(root)) for path in _files(root) if path.name == "Dockerfile"
    )
    if dockerfiles:
        command = ("hadolint", "--config", ".hadolint.yaml", *dockerfiles)
        yield Check(name="hadolint", command=command)
    # The server of 2019 is a package of its own, whose dependencies are built apart.
    for suffix, folder in (("", "services"), (" of 2019", "services/rust-tonic-2019")):
        manifest = ("--manifest-path", f"{folder}/Cargo.toml")
        yield Check(
            name=f"cargo fmt{suffix}",
            command=("cargo", "fmt", *manifest, "--all", "--check"),
            needs=("cargo",),
        )
        clippy = ("clippy", "--quiet", *manifest, "--workspace", "--all-targets", "--locked")
        target = cache_of(root) / f"cargo{'-2019' if suffix else ''}"
        yield Check(
            name=f"cargo clippy{suffix}",
            command=("cargo", *clippy, "--target-dir", str(target), "--", "-D", "warnings"),
            needs=("cargo",),
            variables={"PYO3_PYTHON": str(inside.python)},
        )


def _mypy(root: Path) -> Iterator[Check]:
    packages = sorted(
        path for path in root.glob("services/*/src") if next(path.glob("**/*.py"), None)
    )
    stubs = sorted({path.parent for path in root.glob("services/*/binding/**/*.pyi")})
    # A stub beside its package's name (linfa_kmeans/__init__.pyi) is found from one above.
    seen = [path.parent if (path / "__init__.pyi").exists() else path for path in stubs]
    where = [root / "orchestrator" / "src", root / "orchestrator", *packages, *seen]
    what = [*TYPED, *(str(path.relative_to(root)) for path in packages)]
    yield Check(
        name="mypy --strict",
        command=("mypy", "--config-file", CONFIG, "--strict", "--explicit-package-bases", *what),
        variables={"MYPYPATH": os.pathsep.join(map(str, where))},
    )


def _passes(check: Check, inside: Environment, toolchains: Toolchains) -> bool:
    began = time.monotonic()
    log = inside.root / ".lab" / "logs" / f"lint-{check.name.replace(' ', '-')}.log"
    log.unlink(missing_ok=True)
    try:
        needed = [toolchains.get(need).environment for need in check.needs]
        variables = merged(inside.variables(), *needed) | check.variables
        program = shutil.which(check.command[0], path=variables["PATH"]) or check.command[0]
        with held(cache_of(inside.root) / "lock", what="building", say=say):
            make(
                [program, *check.command[1:]],
                what=check.name,
                cwd=inside.root,
                log=log,
                say=say,
                env=variables,
            )
    except HostError as error:
        shown = log.read_text(errors="replace").rstrip() if log.exists() else str(error)
        say(f"failed  {check.name} ({time.monotonic() - began:.1f} s)\n{shown}")
        return False
    say(f"ok      {check.name} ({time.monotonic() - began:.1f} s)")
    return True


def _shell_scripts(root: Path) -> Iterator[Path]:
    for path in _files(root):
        if path.suffix == ".sh":
            yield path
        elif not path.suffix and path.is_file():
            with path.open("rb") as file:
                first = file.readline(80)
            if first.startswith(b"#!") and first.split()[-1].endswith((b"/sh", b"bash")):
                yield path


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        yield from (Path(folder, name) for name in files)
