"""What doctor says of a lab without sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.config.compose_file import read_services
from clusterbench.doctor.findings import State
from clusterbench.doctor.lab_parts import files, images, lab_parts
from clusterbench.local.new_lab import Images, write_lab
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_that_is_no_lab_is_told_what_it_lacks(tmp_path: Path) -> None:
    (found,) = lab_parts(tmp_path, None, "docker")
    assert found.state is State.MISSING
    assert "compose.yaml, bench.toml, claims.toml, data, results" in found.found
    assert "clusterbench init" in found.remedy


def test_a_folder_for_results_that_was_removed_is_a_warning(tmp_path: Path) -> None:
    write_lab(tmp_path, Images(registry="reg.example/lab", tag="1"))
    assert files(tmp_path).state is State.OK
    (tmp_path / "results").rmdir()
    assert (files(tmp_path).state, files(tmp_path).remedy) == (State.WARN, "mkdir results")


def test_a_clone_of_the_repository_has_its_sources_and_nothing_is_said_of_them() -> None:
    assert lab_parts(ROOT, read_services(ROOT / "compose.yaml"), "process") == []


def test_local_processes_lack_their_sources(tmp_path: Path) -> None:
    write_lab(tmp_path, Images(registry="reg.example/lab", tag="1"))
    _, found = lab_parts(tmp_path, read_services(tmp_path / "compose.yaml"), "process")
    assert (found.subject, found.state) == ("sources", State.MISSING)


def test_images_that_are_not_here_are_named_and_no_lack() -> None:
    assert images(2, []).found == "all 2 are here"
    found = images(3, ["reg.example/lab/one:1", "reg.example/lab/two:1"])
    assert found.state is State.OK
    assert found.found == "1 of 3 are here; a run pulls what it needs of the others: one, two"
