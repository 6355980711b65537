"""What Compose starts of the lab, as its images and entries say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from clusterbench.config.compose_file import Role
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILES = sorted([*ROOT.glob("services/*/Dockerfile"), ROOT / "orchestrator" / "Dockerfile"])
ENTRIES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
STARTED = [name for name, each in ENTRIES.items() if each["x-lab"]["role"] != Role.IMAGE]


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_no_image_declares_a_volume_since_compose_would_leave_one_for_each_container(
    file: Path,
) -> None:
    assert re.findall(r"(?mi)^volume .*", file.read_text()) == []


def test_a_stage_has_one_text_in_all_files_so_that_the_builder_runs_it_once() -> None:
    shared = {"uv", "packages", "maturin", "crates", "binding", "grpc-load", "lab"}
    found: dict[str, set[str]] = {}
    for file in DOCKERFILES:
        for stage in re.split(r"(?m)^(?=FROM )", file.read_text()):
            if named := re.match(r"FROM \S+ AS (\S+)", stage):
                instructions = [line for line in stage.splitlines() if not line.startswith("#")]
                found.setdefault(named[1], set()).add("\n".join(instructions).strip())
    assert {name: len(found[name]) for name in shared} == dict.fromkeys(shared, 1)


def test_no_image_but_what_trains_waits_for_that_of_training() -> None:
    awaits = [
        name for name, each in ENTRIES.items() if "training-image" in each.get("depends_on", ())
    ]
    assert awaits == ["training"]


def test_every_image_is_built_by_an_entry_that_waits_for_none() -> None:
    builds = {name: each for name, each in ENTRIES.items() if "build" in each}
    assert {each["x-lab"]["role"] for each in builds.values()} == {Role.IMAGE}
    assert [name for name, each in builds.items() if each.get("depends_on")] == []
    images = [each["image"] for each in builds.values()]
    assert len(set(images)) == len(images)


@pytest.mark.parametrize("name", STARTED)
def test_what_it_starts_logs_to_where_it_can_be_read_on_every_engine(name: str) -> None:
    assert ENTRIES[name]["logging"]["driver"] == "json-file"
    assert ENTRIES[name]["logging"]["options"]["max-size"]
