"""`./lab test`: build what the tests run, then cargo's tests, then pytest's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

from clusterbench.errors import ExitCode, HostError
from clusterbench.host import engine_endpoint
from clusterbench.local import system_tools as tools
from clusterbench.local.build import cache_of
from clusterbench.local.make import held
from clusterbench.own_files import kept, naming
from launcher.environment import Environment, environment
from launcher.image_builds import images_begun
from launcher.say import say
from launcher.time_spent import Stopwatch

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

LONGEST_TEST = 600
"""Seconds after which a test that hangs is ended (pytest-timeout)."""
PARALLEL = ("--numprocesses", "auto", "--dist", "load", "--benchmark-disable")
"""A worker of pytest per CPU. Which runs the tests of real servers, and when: see conftest.py."""
IMAGES_BUILT = "CLUSTERBENCH_IMAGES_BUILT"
"""Tells the Docker tests that all images were built a moment ago, so that they build none."""
WORKSPACE = "services/Cargo.toml"
"""The Rust workspace with tests."""
COVERAGE = (
    *("--cov", "clusterbench", "--cov", "launcher", "--cov-report", "term:skip-covered"),
    *("--cov-config", "orchestrator/pyproject.toml"),
)


def test(arguments: argparse.Namespace) -> int:
    """Build servers, ghz and images; run cargo's tests and pytest's. Returns the exit code.

    With arguments for pytest, cargo's tests and the coverage are left out. Several workers run the
    tests of whole folders, one runs what is picked otherwise. pytest's closing line is the last.
    The images are built beside all else that is built; no test runs before they are there.
    """
    root, for_pytest = arguments.root, arguments.rest
    spent = Stopwatch()
    log = kept(root) / "logs" / "install.log"
    with images_begun(root) as wait_for_images:
        with spent.on("environment"):
            inside = environment(root, "dev")
        with spent.on("servers"):
            parts = [*tools.PROGRAMS, "cc", "browser"]
            tools.provide(parts, install=arguments.install, log=log, say=say)
            if not inside.build_servers():
                raise HostError("the servers could not be built, so nothing was tested")
        with spent.on("cargo's tests"):
            built = bool(for_pytest) or _cargo_tests(inside, "--no-run")
        with spent.on("images, the rest"):
            with_images = wait_for_images()
    with spent.on("cargo's tests"):
        cargo_passed = bool(for_pytest) or (built and _cargo_tests(inside))
    told = {} if for_pytest else spent.variables()
    pytest = _pytest(inside, for_pytest, built=with_images, told=told)
    if not cargo_passed:
        say("error: cargo's tests failed: see above")
    return pytest or (ExitCode.OK if cargo_passed else ExitCode.ERROR)


def _cargo_tests(inside: Environment, *options: str) -> bool:
    """Run cargo's tests, or with `--no-run` compile them; return whether all passed."""
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
            command = ["cargo", "test", "--manifest-path", WORKSPACE, "--workspace", "--locked"]
            command += ["--target-dir", str(cache_of(root) / "cargo"), *options]
            inside.make(
                with_usual_signals(command),
                what=f"cargo test{''.join(f' {each}' for each in options)} of {WORKSPACE}",
                log=log,
                variables=variables,
            )
    except HostError:
        say(f"cargo test failed:\n{log.read_text(errors='replace').rstrip()}")
        return False
    if not options:
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


def _pytest(
    inside: Environment, arguments: Sequence[str], *, built: bool, told: dict[str, str]
) -> int:
    root = inside.root
    variables = inside.variables() | told
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
