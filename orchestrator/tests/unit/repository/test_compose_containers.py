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


@pytest.mark.parametrize("name", STARTED)
def test_what_it_starts_logs_to_where_it_can_be_read_on_every_engine(name: str) -> None:
    assert ENTRIES[name]["logging"]["driver"] == "json-file"
    assert ENTRIES[name]["logging"]["options"]["max-size"]
