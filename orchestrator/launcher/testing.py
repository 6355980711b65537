"""`./lab test`: build what the tests run, then cargo's tests, then pytest's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from clusterbench.errors import ExitCode, HostError
from clusterbench.host import engine_endpoint
from clusterbench.local import system_tools as tools
from clusterbench.local.build import cache_of
from clusterbench.local.make import held, make
from clusterbench.own_files import kept, naming
from launcher import composing
from launcher.environment import Environment, environment
from launcher.say import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

LONGEST_TEST = 600
"""Seconds after which a test that hangs is ended (pytest-timeout)."""
PARALLEL = ("--numprocesses", "auto", "--dist", "load", "--benchmark-disable")
"""A worker of pytest per CPU. One of them runs all tests of real servers: see conftest.py."""
IMAGES_BUILT = "CLUSTERBENCH_IMAGES_BUILT"
"""Tells the Docker tests that all images were built a moment ago, so that they build none."""
WORKSPACES = ("services/Cargo.toml", "services/grpc-load/Cargo.toml")
"""The Rust workspaces with tests. What is compiled of them is in one folder: they share crates."""
COVERAGE = (
    *("--cov", "clusterbench", "--cov", "launcher", "--cov-report", "term:skip-covered"),
    *("--cov-config", "orchestrator/pyproject.toml"),
)


def test(arguments: argparse.Namespace) -> int:
    """Build servers, ghz and images; run cargo's tests and pytest's. Returns the exit code.

    With arguments for pytest, cargo's tests and the coverage are left out. Several workers run the
    tests of whole folders, one runs what is picked otherwise. pytest's closing line is the last.
    """
    root, for_pytest = arguments.root, arguments.rest
    inside = environment(root, "dev")
    log = kept(root) / "logs" / "install.log"
    tools.provide([*tools.PROGRAMS, "browser"], install=arguments.install, log=log, say=say)
    if not inside.build_servers():
        raise HostError("the servers could not be built, so nothing was tested")
    built = _build_images(root)
    cargo_passed = bool(for_pytest) or _cargo_tests(inside)
    pytest = _pytest(inside, for_pytest, built=built)
    if not cargo_passed:
        say("error: cargo's tests failed: see above")
    return pytest or (ExitCode.OK if cargo_passed else ExitCode.ERROR)


def _build_images(root: Path) -> bool:
    """Build all images where there is an engine; return whether each could be built."""
    found = composing.find_engine()
    if not found.there:
        say(f"the Docker tests will be skipped: {found.why}")
        return False
    log = kept(root) / "logs" / "images.log"
    log.unlink(missing_ok=True)
    entries = composing.entries(root)
    images = [name for name, entry in entries.items() if "build" in entry]
    awaited = {"orchestrator", *entries["orchestrator"].get("depends_on", {})}
    needed = [name for name in images if name in awaited]
    others = [name for name in images if name not in awaited]
    build = composing.compose(root, ["--progress", "plain", "build"])
    made = partial(make, cwd=root, log=log, say=say, env=composing.docker_environment())
    made([*build, *needed], what="building the images")
    try:
        made([*build, *others], what="building the other images")
    except HostError as error:
        # Those of 2019 are for x86-64 alone. The tests of what is not there are skipped, or fail.
        say(f"warning: of {', '.join(others)} not all could be built: {error}")
        return False
    return True


def _cargo_tests(inside: Environment) -> bool:
    root = inside.root
    log = kept(root) / "logs" / "cargo-test.log"
    log.unlink(missing_ok=True)
    try:
        variables = inside.with_toolchain("cargo") | {"PYO3_PYTHON": str(inside.python)}
    except HostError as error:
        say(f"warning: cargo's tests are skipped: {error}")
        return True
    try:
        with held(cache_of(root) / "lock", what="building", say=say):
            for manifest in WORKSPACES:
                command = ["cargo", "test", "--manifest-path", manifest, "--workspace", "--locked"]
                command += ["--target-dir", str(cache_of(root) / "cargo")]
                inside.make(
                    with_usual_signals(command),
                    what=f"cargo test of {manifest}",
                    log=log,
                    variables=variables,
                )
    except HostError:
        say(f"cargo test failed:\n{log.read_text(errors='replace').rstrip()}")
        return False
    passed = sum(map(int, re.findall(r"(\d+) passed", log.read_text(errors="replace"))))
    say(f"cargo test: {passed} passed")
    return True


def with_usual_signals(command: Sequence[str]) -> list[str]:
    """Return a command that ignores no signal that this process was told to ignore.

    A job in the background of a script ignores SIGINT, one under nohup SIGHUP, and so would the
    servers that cargo's tests start and signal. (Those that pytest starts: see conftest.py.)
    """
    return [sys.executable, "-c", _USUAL_SIGNALS, *command]


_USUAL_SIGNALS = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def _pytest(inside: Environment, arguments: Sequence[str], *, built: bool) -> int:
    root = inside.root
    variables = inside.variables()
    with suppress(HostError):  # no engine is found: the Docker tests are skipped, and say why
        variables = engine_endpoint.variables(engine_endpoint.find_endpoint(), variables)
    variables["PYTHONPATH"] = import_path(root)
    if built:
        # Compose would ask the builder for every image at each of its commands.
        variables |= {IMAGES_BUILT: "1", "LAB_PULL_POLICY": "missing"}
    options = ["-c", "orchestrator/pyproject.toml", "--rootdir", str(root)]
    options += ["--timeout", str(LONGEST_TEST)]
    if all((root / word).is_dir() for word in arguments):
        options += PARALLEL
    if not arguments:
        options += COVERAGE
    if not any((root / word.split("::")[0]).exists() for word in arguments):
        options += [str(path.relative_to(root)) for path in _test_folders(root)]
    command = [str(inside.python), "-m", "pytest", *options, *arguments]
    return subprocess.run(command, cwd=root, env=variables, check=False).returncode


def _test_folders(root: Path) -> list[Path]:
    services = [*root.glob("services/*/tests"), *root.glob("services/*/binding/tests")]
    with_python = [path for path in services if next(path.glob("**/test_*.py"), None)]
    return [root / "orchestrator" / "tests", *sorted(with_python)]


def import_path(root: Path) -> str:
    """Return PYTHONPATH for what imports the services' packages and the binding.

    The binding's wheel, which the build left, is unpacked anew each time, so that what is tested
    is what was built last.
    """
    modules = cache_of(root) / "modules"
    with held(cache_of(root) / "lock", what="building", say=say), naming(modules):
        shutil.rmtree(modules, ignore_errors=True)
        modules.mkdir(parents=True)
        for wheel in (cache_of(root) / "linfa-py-grpc" / "wheels").glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(modules)
    places = [root / "orchestrator", *sorted(root.glob("services/*/src")), modules]
    return os.pathsep.join(map(str, places))
