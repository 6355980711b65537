"""Making environments: with a pip that only says what it would install."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clusterbench.errors import HostError
from launcher import environment as environments
from launcher.environment import COMPLETE, LOCKS, environment


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of lock files."""
    for lock in LOCKS["dev"]:
        (tmp_path / lock).parent.mkdir(exist_ok=True)
        (tmp_path / lock).write_text(f"# {lock}\n")
    (tmp_path / "orchestrator" / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "protos" / "centroids.proto").write_text('syntax = "proto3";\n')
    return tmp_path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that made environments: `venv`, `locks`, `own`."""
    commands: list[str] = []

    def recorded(command: list[str], **_more: object) -> None:
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)
            commands.append("venv")
        else:
            commands.append("locks" if "--require-hashes" in command else "own")

    monkeypatch.setattr(environments, "make", recorded)
    return commands


def test_an_environment_is_made_once(root: Path, made: list[str]) -> None:
    first = environment(root, "run")
    assert environment(root, "run") == first
    assert made == ["venv", "locks", "own"]


def test_a_changed_lock_makes_another_and_clears_the_old_one(root: Path, made: list[str]) -> None:
    old = environment(root, "run")
    (root / LOCKS["run"][0]).write_text("numpy==2\n")
    new = environment(root, "run")
    assert new.path != old.path
    assert not old.path.exists()
    assert made.count("venv") == 2


def test_an_old_environment_in_use_stays(root: Path, made: list[str]) -> None:
    old = environment(root, "run")
    with (old.path / COMPLETE).open() as use:
        fcntl.flock(use, fcntl.LOCK_SH)
        (root / LOCKS["run"][0]).write_text("numpy==2\n")
        environment(root, "run")
        assert old.path.exists()
    assert made


def test_kinds_do_not_clear_each_other(root: Path, made: list[str]) -> None:
    run = environment(root, "run")
    environment(root, "dev")
    assert run.path.exists()
    assert made.count("venv") == 2


def test_an_edited_contract_installs_the_labs_own_packages_only(
    root: Path, made: list[str]
) -> None:
    environment(root, "run")
    made.clear()
    (root / "protos" / "centroids.proto").write_text('syntax = "proto3"; package ml;\n')
    environment(root, "run")
    assert made == ["own"]


def test_an_environment_that_was_cut_short_is_not_taken_for_made(
    root: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = environments.make

    def interrupted(command: list[str], **more: object) -> None:
        if "--require-hashes" in command:
            raise KeyboardInterrupt
        whole(command, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(environments, "make", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment(root, "run")
    monkeypatch.setattr(environments, "make", whole)
    environment(root, "run")
    assert made == ["venv", "venv", "locks", "own"]


def test_a_python_without_venv_is_named_before_anything_is_made(
    root: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(_python: str) -> None:
        raise HostError("apt-get install python3-venv")

    monkeypatch.setattr(environments, "require_venv", lacking)
    with pytest.raises(HostError, match="python3-venv"):
        environment(root, "run")
    assert made == []


def test_a_place_that_path_cannot_name_is_refused_and_another_one_taken(
    tmp_path: Path, root: Path, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parted = tmp_path / "half:half"
    parted.symlink_to(root)
    with pytest.raises(HostError, match=r"half:half.*remedy: set LAB_HOME"):
        environment(parted, "run")
    assert made == []
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    assert environment(parted, "run").path.is_relative_to(tmp_path / "home")


def test_a_path_of_any_letters_is_imported_from_in_any_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    packages = tmp_path / "site-packages"
    place = tmp_path / "m\u00fcde: it's"
    place.mkdir()
    (place / "there.py").touch()

    def installed(command: list[str], **_more: object) -> None:
        if "venv" in command:
            (Path(command[-1]) / "lib" / "python3").mkdir(parents=True)
            (Path(command[-1]) / "lib" / "python3" / "site-packages").symlink_to(packages)
        packages.mkdir(exist_ok=True)
        (packages / "plain.pth").write_text("/plain\n")
        (packages / "lab.pth").write_text(f"{place}\n")

    monkeypatch.setattr(environments, "make", installed)
    environment(root, "run")
    assert (packages / "plain.pth").read_text() == "/plain\n"
    for variables in ({"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}):
        code = f"import site; site.addsitedir({str(packages)!r}); import there"
        done = subprocess.run(
            [sys.executable, "-c", code], env=variables, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_users_settings_of_pip_and_python_do_not_reach_what_makes_an_environment(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []

    def recorded(command: list[str], **more: Any) -> None:
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)
        seen.append(more["env"])

    monkeypatch.setattr(environments, "make", recorded)
    for name in ("PIP_TARGET", "PYTHONPATH", "CARGO_BUILD_TARGET"):
        monkeypatch.setenv(name, "another")
    monkeypatch.setenv("PIP_USER", "1")
    inside = environment(root, "run")
    for made in (*seen, inside.building()):
        assert made["PIP_USER"] == "0"
        assert "another" not in made.values()
    assert inside.variables()["PIP_TARGET"] == "another"


def test_the_environment_of_the_site_holds_none_of_the_labs_packages(
    root: Path, made: list[str]
) -> None:
    first = environment(root, "docs")
    assert environment(root, "docs") == first
    assert made == ["venv", "locks"]
