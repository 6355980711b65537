"""Real compilers build for this machine, as the repository says, whatever the user set."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.config.compose_file import Recipe, Role, Service
from clusterbench.local.build import build, cache_of

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.process

FILES = {
    "services/Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["app"]\n'
    '[workspace.package]\nrust-version = "1.88"\n[profile.release]\npanic = "unwind"\n',
    "services/rust-toolchain.toml": '[toolchain]\nchannel = "1.95.0"\n',
    "services/Cargo.lock": 'version = 3\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
    "services/app/Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
    "services/app/src/main.rs": "fn main() {\n"
    '    println!("debug {} panic {}", cfg!(debug_assertions), cfg!(panic = "unwind"));\n}\n',
    "services/ghz-runner/go.mod": "module app\n\ngo 1.24\n",
    "services/ghz-runner/main.go": 'package main\n\nfunc main() { print("built") }\n',
}
#: In a folder above the repository.
ABOVE = {
    ".cargo/config.toml": '[build]\ntarget = "wasm32-unknown-unknown"\n'
    'rustflags = ["-C", "debug-assertions=on"]\ntarget-dir = "elsewhere"\n'
    '[profile.release]\npanic = "abort"\ndebug-assertions = true\n',
    "go.work": "go 1.24\n\nuse ./nothing\n",
}
USERS = {
    "CARGO_BUILD_TARGET": "wasm32-unknown-unknown",
    "CARGO_TARGET_DIR": "elsewhere",
    "CARGO_PROFILE_RELEASE_PANIC": "abort",
    "RUSTFLAGS": "-C debug-assertions=on",
    "GOOS": "windows",
    "GO111MODULE": "off",
    "GOFLAGS": "-mod=vendor",
    "GOWORK": "/none/go.work",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of a crate and a module, of a user whose settings are for other builds."""
    for folder, files in {tmp_path: ABOVE, tmp_path / "lab": FILES}.items():
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    for name, value in USERS.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "lab"


def built(root: Path, needs: str, step: tuple[str, ...], command: str) -> Path:
    """Build one thing, and return its program."""
    recipe = Recipe(needs=(needs,), sources=(Path("services"),), build=(step,), command=(command,))
    service = Service(name="app", role=Role.SERVER, image="x/app", recipe=recipe)
    services: Mapping[str, Service] = {"app": service}
    return Path(build(services, root, lambda _text: None, generators=()).commands["app"][0])


def said(program: Path) -> str:
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


CARGO = (
    *("cargo", "install", "--quiet", "--locked", "--path", "services/app", "--root", "{env}"),
    *("--target-dir", "{cache}/cargo"),
)
with_cargo = pytest.mark.skipif(
    not (shutil.which("cargo") and shutil.which("cc")), reason="there is no cargo"
)


@with_cargo
def test_a_crate_is_built_for_this_machine_in_the_profile_of_its_manifest(root: Path) -> None:
    program = built(root, "cargo", CARGO, "{env}/bin/app")
    assert said(program) == "debug false panic true\n"
    assert program.is_relative_to(cache_of(root))


@with_cargo
def test_a_recipe_that_says_its_own_flags_is_built_with_those(root: Path) -> None:
    step = ("env", "RUSTFLAGS=-C debug-assertions=on", *CARGO)
    assert said(built(root, "cargo", step, "{env}/bin/app")) == "debug true panic true\n"


@pytest.mark.skipif(shutil.which("go") is None, reason="there is no go")
def test_a_go_program_is_built_for_this_machine(root: Path) -> None:
    step = ("go", "build", "-C", str(root / "services/ghz-runner"), "-o", "{env}/app", ".")
    assert said(built(root, "go", step, "{env}/app")) == "built"
