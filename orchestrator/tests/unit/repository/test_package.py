"""What is published: the wheels and the sdist, built as a release builds them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

import clusterbench
from clusterbench.local.new_lab import FILES
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

INSIDE = "clusterbench/lab_files/"


def built(source: Path, target: str, out: Path, **environment: str) -> Path:
    """Build a wheel or an sdist without a network, and return its file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    given = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    done = subprocess.run(
        command, cwd=source, capture_output=True, text=True, check=False, env=given | environment
    )
    assert done.returncode == 0, done.stderr
    (file,) = out.iterdir()
    return file


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of the wheel that a release builds."""
    out = tmp_path_factory.mktemp("wheel")
    return contents(built(ROOT / "orchestrator", "wheel", out, LAB_REGISTRY="reg.example/lab"))


def test_the_wheel_holds_what_init_writes_as_the_repository_has_it(
    wheel: dict[str, bytes],
) -> None:
    kept = {name.removeprefix(INSIDE): file for name, file in wheel.items() if INSIDE in name}
    assert kept.pop("registry") == b"reg.example/lab\n"
    expected = {
        str(path.relative_to(ROOT)): path.read_bytes()
        for each in FILES
        for path in [ROOT / each, *(ROOT / each).rglob("*")]
        if path.is_file()
    }
    assert kept == expected


def test_the_wheel_of_the_sdist_is_the_same(wheel: dict[str, bytes], tmp_path: Path) -> None:
    sdist = built(
        ROOT / "orchestrator", "sdist", tmp_path / "sdist", LAB_REGISTRY="reg.example/lab"
    )
    with tarfile.open(sdist) as file:
        file.extractall(tmp_path, filter="data")
    source = tmp_path / f"clusterbench-{clusterbench.__version__}"
    assert contents(built(source, "wheel", tmp_path / "wheel")) == wheel


def test_a_wheel_for_the_image_holds_none_of_it(tmp_path: Path) -> None:
    wheel = built(ROOT / "orchestrator", "wheel", tmp_path, HATCH_BUILD_NO_HOOKS="true")
    names = [*contents(wheel)]
    assert "clusterbench/cli/app.py" in names
    assert not [name for name in names if INSIDE in name]


def test_each_image_that_has_the_package_is_built_without_them() -> None:
    places = (ROOT / "orchestrator", *(ROOT / "services").iterdir())
    files = [file.read_text() for each in places for file in each.glob("Dockerfile")]
    building = [text for text in files if "COPY orchestrator/src" in text]
    assert len(building) > 1
    assert all("HATCH_BUILD_NO_HOOKS=true" in text for text in building)


def test_a_wheel_that_would_lack_files_is_not_built(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "build_lab_files.py"):
        (tmp_path / name).write_bytes((ROOT / "orchestrator" / name).read_bytes())
    package = tmp_path / "src" / "clusterbench"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "1"\n')
    with pytest.raises(AssertionError, match=r"compose.yaml: neither in .*HATCH_BUILD_NO_HOOKS"):
        built(tmp_path, "wheel", tmp_path / "out")


def test_the_stubs_ask_for_what_runs_them(tmp_path: Path) -> None:
    files = contents(built(ROOT / "protos", "wheel", tmp_path))
    metadata = next(file.decode() for name, file in files.items() if name.endswith("/METADATA"))
    asked = dict(re.findall(r"^Requires-Dist: (\w+)>=([\d.]+)$", metadata, re.MULTILINE))
    messages, services = (
        files[f"{name}.py"].decode() for name in ("centroids_pb2", "centroids_pb2_grpc")
    )
    made_by = {
        "protobuf": re.search(r"^# Protobuf Python Version: ([\d.]+)$", messages, re.MULTILINE),
        "grpcio": re.search(r"^GRPC_GENERATED_VERSION = '([\d.]+)'$", services, re.MULTILINE),
    }
    assert asked == {name: found and found[1] for name, found in made_by.items()}
