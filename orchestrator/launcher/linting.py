"""`./lab lint`: every check of .pre-commit-config.yaml, in the development environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, HostError
from clusterbench.local.build import cache_of
from clusterbench.local.make import held
from clusterbench.local.toolchains import Toolchains, merged
from clusterbench.own_files import kept
from launcher.environment import Environment, environment
from launcher.say import say

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def lint(arguments: argparse.Namespace) -> int:
    """Run every check, or the one that is named, and return 1 if any failed."""
    root, check = arguments.root, arguments.check
    known = re.findall(r"(?m)^ +- id: (\S+)$", (root / ".pre-commit-config.yaml").read_text())
    if check not in {None, *known}:
        raise ConfigError(
            f"./lab lint: there is no check {check}; the checks are: {', '.join(known)}"
        )
    if shutil.which("git") is None or not (root / ".git").exists():
        raise HostError(
            f"{root} is no git repository, or git is missing, and pre-commit asks git for the"
            " files to check; remedy: apt-get install git, and lint a clone"
        )
    inside = environment(root, "dev")
    command = [str(inside.python), "-m", "pre_commit", "run", "--all-files"]
    command += [check] if check else []
    with held(cache_of(root) / "lock", what="building", say=say):
        result = subprocess.run(command, cwd=root, env=variables(inside), check=False)
    return 1 if result.returncode else 0


def variables(inside: Environment) -> dict[str, str]:
    """Return the environment variables that the checks need.

    Where cargo or go is missing and cannot be brought, its checks fail, and the others run.
    """
    root = inside.root
    toolchains = Toolchains(root, cache_of(root), say)
    added = []
    for name in ("cargo", "go"):
        try:
            added.append(toolchains.get(name).environment)
        except HostError as error:
            say(f"warning: the checks that need {name} will fail: {error}")
    said = {name: os.environ[name] for name in ("CI", "SKIP") if name in os.environ}
    return merged(inside.building(), *added) | {
        **said,
        "MYPYPATH": os.pathsep.join(map(str, _mypy_path(root))),
        "PRE_COMMIT_HOME": str(kept(root) / "cache" / "pre-commit"),
        "PYO3_PYTHON": str(inside.python),
    }


def _mypy_path(root: Path) -> list[Path]:
    """Return where mypy finds this repository's packages and the binding's stubs."""
    packages = {
        path for path in root.glob("services/*/src") if next(path.glob("**/*.py"), None) is not None
    }
    stubs = {path.parent for path in root.glob("services/*/binding/**/*.pyi")}
    # A stub beside its package's name (linfa_kmeans/__init__.pyi) is found from one above.
    above = {path.parent if (path / "__init__.pyi").exists() else path for path in stubs}
    own = [root / "orchestrator" / "src", root / "orchestrator" / "tests", root / "orchestrator"]
    return [*own, *sorted(packages), *sorted(above)]
