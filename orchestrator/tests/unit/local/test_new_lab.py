"""A lab that `init` writes."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

import clusterbench
from clusterbench.config import bench_file, claims_file
from clusterbench.config.compose_file import read_services
from clusterbench.config.data_folder import read_data
from clusterbench.config.resolve import Overrides
from clusterbench.errors import ConfigError, HostError
from clusterbench.local import new_lab
from clusterbench.local.new_lab import Images, images_of_this_version, lab_files, write_lab
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = Images(registry="reg.example/lab", tag="1.2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that a lab was written into."""
    write_lab(tmp_path / "new", IMAGES)
    return tmp_path / "new"


def test_it_has_the_repositorys_files_and_a_folder_for_results(folder: Path) -> None:
    for name in ("claims.toml", "data/model.json", "data/published/summaries.csv", "LICENSE"):
        assert (folder / name).read_bytes() == (ROOT / name).read_bytes()
    assert (folder / "results").is_dir()
    assert "reg.example/lab" in (folder / "README.md").read_text()


def test_every_profile_of_its_bench_toml_loads(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    services, data = read_services(folder / "compose.yaml"), read_data(folder / "data")
    bench = bench_file.read(folder / "bench.toml", services, folder)
    shipped = tomllib.loads((ROOT / "bench.toml").read_text())
    assert {*bench.profiles} == {*shipped["profiles"]}
    for name in bench.profiles:
        assert bench.experiment(data.describe(), Overrides(profile=name)).profile == name
    claims_file.read(folder / "claims.toml", folder / "data/published/summaries.csv", bench)


def test_its_files_name_no_file_that_it_lacks(folder: Path) -> None:
    assert "#:schema" in (ROOT / "bench.toml").read_text()
    assert "#:schema" not in (folder / "bench.toml").read_text()


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
def test_compose_accepts_it(folder: Path) -> None:
    if subprocess.run(
        ["docker", "compose", "version"], capture_output=True, check=False
    ).returncode:
        pytest.skip("docker has no compose")
    command = ["docker", "compose", "config", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_there_is_not_written_over(folder: Path) -> None:
    (folder / "bench.toml").write_text("mine")
    (folder / "compose.yaml").unlink()
    with pytest.raises(ConfigError, match=r"new/bench.toml: it is there already.*--force.*README"):
        write_lab(folder, IMAGES)
    assert (folder / "bench.toml").read_text() == "mine"
    assert not (folder / "compose.yaml").exists()
    write_lab(folder, IMAGES, force=True)
    assert (folder / "bench.toml").read_text() != "mine"


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"it is not empty \(notes.txt\).*--force"):
        write_lab(tmp_path, IMAGES)
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]
    write_lab(tmp_path, IMAGES, force=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_clone_of_the_repository_is_refused_whatever_is_said(tmp_path: Path) -> None:
    (tmp_path / "orchestrator").mkdir()
    (tmp_path / "orchestrator" / "pyproject.toml").touch()
    with pytest.raises(ConfigError, match=r"a clone of the repository.*\./lab"):
        write_lab(tmp_path, IMAGES, force=True)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match=r"file: cannot be read"):
        write_lab(tmp_path / "file", IMAGES)


def test_images_are_those_that_were_named_or_of_the_packages_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(new_lab, "_published", lambda: "ghcr.io/them/lab")
    released = f"v{clusterbench.__version__}"
    assert images_of_this_version({}) == Images(registry="ghcr.io/them/lab", tag=released)
    named = images_of_this_version({"LAB_REGISTRY": "me", "LAB_TAG": "2"})
    assert named == Images(registry="me", tag="2")


def test_a_package_that_was_built_for_no_registry_asks_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(new_lab, "_published", lambda: "")
    with pytest.raises(ConfigError, match=r"LAB_REGISTRY=ghcr\.io/OWNER/REPOSITORY"):
        images_of_this_version({"LAB_TAG": "2"})


def test_without_the_packages_files_the_checkouts_are_taken_and_else_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lab_files() == ROOT
    monkeypatch.setattr(clusterbench, "__file__", str(tmp_path / "a/b/c/d/__init__.py"))
    with pytest.raises(HostError, match="pipx install clusterbench"):
        lab_files()
