"""Finding toolchains, and bringing those that are missing or too old."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clusterbench.errors import HostError
from clusterbench.local import toolchains
from clusterbench.local.toolchains import Toolchains, merged, parsed, rust_release
from support.repository import ROOT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "services" / "ghz-runner").mkdir(parents=True)
    (tmp_path / "services" / "Cargo.toml").write_text('[workspace.package]\nrust-version="1.88"\n')
    (tmp_path / "services" / "rust-toolchain.toml").write_text('[toolchain]\nchannel="1.95.0"\n')
    (tmp_path / "services" / "ghz-runner" / "go.mod").write_text("module x\n\ngo 1.26.0\n")
    return tmp_path


def program(folder: Path, name: str, prints: str, status: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{prints}'\nexit {status}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, with a C compiler and a shell."""
    folder = tmp_path / "bin"
    program(folder, "cc", "cc")
    (folder / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def of(root: Path, said: list[str] | None = None) -> Toolchains:
    return Toolchains(root, root / "cache", (said if said is not None else []).append)


def test_a_toolchain_that_is_new_enough_is_taken_as_it_is(root: Path, path: Path) -> None:
    program(path, "cargo", "cargo 1.95.0 (f2d3ce0bd 2026-03-21)")
    program(path, "go", "go version go1.26.8 linux/amd64")
    found = of(root)
    assert found.get("cargo").version == "1.95.0"
    assert found.get("go").version == "1.26.8"
    assert "GOROOT" not in found.get("go").environment


def rustup(folder: Path, installed: str) -> None:
    """Put a cargo on PATH that is rustup's: it runs only the release that is installed."""
    program(folder, "cargo", f"cargo {installed} (of rustup)")
    script = (folder / "cargo").read_text()
    check = f'[ "${{RUSTUP_TOOLCHAIN:-{installed}}}" = {installed} ] || exit 1\n'
    (folder / "cargo").write_text(script.replace("echo", f"{check}echo"))


def test_rustup_runs_the_release_that_the_repository_names(root: Path, path: Path) -> None:
    rustup(path, "1.95.0")
    found = of(root).get("cargo")
    assert (found.version, found.environment["RUSTUP_TOOLCHAIN"]) == ("1.95.0", "1.95.0")


def test_another_release_that_is_new_enough_builds_where_rustup_has_not_that_one(
    root: Path, path: Path
) -> None:
    rustup(path, "1.97.0")
    found = of(root).get("cargo")
    assert found.version == "1.97.0"
    assert "RUSTUP_TOOLCHAIN" not in found.environment


def test_a_release_that_the_user_asks_rustup_for_is_left_alone(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUSTUP_TOOLCHAIN", "1.97.0")
    rustup(path, "1.97.0")
    assert of(root).get("cargo").environment["RUSTUP_TOOLCHAIN"] == "1.97.0"


def test_every_image_is_built_with_the_release_that_the_repository_names() -> None:
    tags = {
        line.split(":", 1)[1]
        for dockerfile in ROOT.glob("services/*/Dockerfile")
        for line in dockerfile.read_text().splitlines()
        if line.startswith("ARG RUST_IMAGE=rust:")
    }
    minor = rust_release(ROOT).rpartition(".")[0]
    assert tags == {f"{minor}-slim-bookworm"}


def test_python_37_is_taken_where_it_is_and_its_lack_says_what_it_is_for(
    root: Path, path: Path
) -> None:
    with pytest.raises(HostError, match=r"no Python 3\.7.*edition of 2019.*--runtime docker"):
        of(root).get("python3.7")
    program(path, "python3.7", "Python 3.7.17")
    assert of(root).get("python3.7").version == "3.7.17"
    program(path, "python3.7", "pyenv: python3.7: command not found", status=127)
    with pytest.raises(HostError, match=r"no Python 3\.7"):
        of(root).get("python3.7")


@pytest.mark.parametrize(
    ("prints", "status", "problem"),
    [
        (None, 0, "go is missing"),
        ("go version go1.19.8 linux/amd64", 0, "go 1.19.8 is too old"),
        ("a shim of nothing", 1, "go is missing"),
    ],
)
def test_a_toolchain_that_is_missing_or_too_old_is_brought(
    root: Path,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    prints: str | None,
    status: int,
    problem: str,
) -> None:
    if prints is not None:
        program(path, "go", prints, status)

    def brought(command: list[str], **_more: object) -> None:
        place = Path(command[command.index("--target") + 1])
        program(place / "go" / "bin", "go", "go version go1.26.6 linux/amd64")

    monkeypatch.setattr(toolchains, "make", brought)
    said: list[str] = []
    found = of(root, said).get("go")
    assert found.version == "1.26.6"
    assert found.environment["GOROOT"].endswith("toolchains/go/go")
    assert said == [f"{problem} (1.26.0 or newer is needed): bringing it from PyPI"]


def test_one_that_can_not_be_brought_is_an_error_that_names_the_remedy(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_command: object, **_more: object) -> None:
        raise HostError("no network")

    monkeypatch.setattr(toolchains, "make", offline)
    found = of(root)
    for _twice in range(2):
        with pytest.raises(HostError, match=r"(?s)cargo is missing.*no network.*rustup\.rs"):
            found.get("cargo")


def test_cargo_without_a_c_compiler_names_the_package(root: Path, path: Path) -> None:
    (path / "cc").unlink()
    program(path, "cargo", "cargo 1.95.0")
    with pytest.raises(HostError, match="apt-get install --no-install-recommends gcc libc6-dev"):
        of(root).get("cargo")


def test_a_python_without_venv_names_the_package(tmp_path: Path) -> None:
    program(tmp_path, "python", "no module named ensurepip", status=1)
    with pytest.raises(HostError, match="apt-get install python3-venv"):
        toolchains.require_venv(str(tmp_path / "python"))


@pytest.mark.parametrize(
    ("older", "newer"), [("1.9", "1.10"), ("1.88", "1.88.1"), ("1.26rc1", "1.26.1"), ("", "1.0")]
)
def test_versions_compare_by_number(older: str, newer: str) -> None:
    assert parsed(older) < parsed(newer)


def test_an_added_path_goes_first_and_the_rest_is_kept() -> None:
    result = merged({"PATH": "/usr/bin", "HOME": "/root"}, {"PATH": "/go/bin", "GOROOT": "/go"})
    assert result == {"PATH": f"/go/bin{os.pathsep}/usr/bin", "HOME": "/root", "GOROOT": "/go"}


def test_cargo_is_told_to_build_for_its_own_machine_and_without_a_users_flags(
    root: Path, path: Path
) -> None:
    program(path, "cargo", "cargo 1.95.0 (f2d3ce0bd 2026-03-21)\nhost: riscv64gc-unknown-linux-gnu")
    says = of(root).get("cargo").environment
    assert says["CARGO_BUILD_TARGET"] == "riscv64gc-unknown-linux-gnu"
    assert says["RUSTFLAGS"] == ""


def test_go_reads_no_configuration_file_but_keeps_the_mirrors_that_are_named_there(
    root: Path, path: Path
) -> None:
    program(path, "go", "go version go1.26.8 linux/amd64")
    script = (path / "go").read_text()
    answer = (
        """[ "$1" = env ] && echo '{"GOPROXY": "https://mirror", "GOPRIVATE": ""}' && exit 0\n"""
    )
    (path / "go").write_text(script.replace("echo", f"{answer}echo", 1))
    says = of(root).get("go").environment
    assert says["GOPROXY"] == "https://mirror"
    assert "GOPRIVATE" not in says
    assert (says["GOENV"], says["GOWORK"], says["GO111MODULE"]) == ("off", "off", "on")
    assert (says["GOFLAGS"], says["CGO_ENABLED"]) == ("-trimpath", "0")


def test_a_toolchain_does_not_see_what_the_user_set_for_other_builds(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "cargo", "cargo 1.95.0")
    program(path, "go", "go version go1.26.8 linux/amd64")
    for name in ("GOOS", "CARGO_BUILD_TARGET", "CARGO_PROFILE_RELEASE_LTO", "PIP_TARGET", "CC"):
        monkeypatch.setenv(name, "another")
    made = of(root).environment(("cargo", "go"))
    assert "another" not in made.values()


def test_what_a_home_cannot_take_is_kept_beside_the_builds(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path, "cargo", "cargo 1.95.0")
    program(path, "go", "go version go1.26.8 linux/amd64")
    for name in ("CARGO_HOME", "GOCACHE", "GOMODCACHE", "GOPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(root / "home"))
    written = {"cargo": {"CARGO_HOME"}, "go": {"GOCACHE", "GOMODCACHE", "GOPATH"}}
    assert "CARGO_HOME" not in of(root).get("cargo").environment
    monkeypatch.setattr(toolchains, "can_be_written", lambda _folder: False)
    for name, places in written.items():
        environment = of(root).get(name).environment
        for place in places:
            assert Path(environment[place]).is_relative_to(root / "cache")
