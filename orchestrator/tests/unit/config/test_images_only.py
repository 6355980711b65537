"""compose.yaml as a lab without sources has it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import yaml

from clusterbench.config.compose_file import Role, has_sources, read_services, servers, with_role
from clusterbench.config.images_only import ENTRY_KEYS, LAB_KEYS, images_only
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = (ROOT / "compose.yaml").read_text()
HEAD = "# A lab."


def made(text: str = SHIPPED) -> str:
    return images_only(text, registry="reg.example/lab", tag="1.2", head=HEAD)


def test_nothing_but_what_takes_sources_is_missing() -> None:
    found, expected = yaml.safe_load(made()), deepcopy(yaml.safe_load(SHIPPED))
    for entry in expected["services"].values():
        for key in ENTRY_KEYS:
            entry.pop(key, None)
        for key in LAB_KEYS:
            entry["x-lab"].pop(key, None)
    names = {"LAB_REGISTRY:-clusterbench": "LAB_REGISTRY:-reg.example/lab"}
    names |= {"LAB_TAG:-latest": "LAB_TAG:-1.2", "PULL_POLICY:-build": "PULL_POLICY:-missing"}
    text = yaml.safe_dump(expected, width=10_000)
    for before, after in names.items():
        assert before in text
        text = text.replace(before, after)
    assert found == yaml.safe_load(text)


def test_the_lab_reads_it_and_finds_no_sources(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(made())
    found, shipped = read_services(file, {}), read_services(ROOT / "compose.yaml", {})
    assert has_sources(shipped)
    assert not has_sources(found)
    assert {*found} == {*shipped}
    assert found["rust-tonic"].image == "reg.example/lab/rust-tonic:1.2"
    for name, each in servers(shipped).items():
        assert (found[name].edition, found[name].machines) == (each.edition, each.machines)
    assert all(each.built for each in with_role(shipped, Role.IMAGE).values())
    assert not any(each.built for each in found.values())


def test_images_are_those_that_the_environment_names(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(made())
    named = read_services(file, {"LAB_REGISTRY": "me", "LAB_TAG": "new"})
    assert named["rust-tonic"].image == "me/rust-tonic:new"


def test_the_head_is_another_and_other_comments_stay() -> None:
    text = (
        "# Of the repository.\n#\n\n# More.\nname: one\n# A server.\nservices:\n  mine:\n"
        "    image: i # as it is\n    build:\n      context: .\n\n  # The next.\n  other:\n"
        "    image: j\n    build: {context: .}\n    # The end.\n"
    )
    assert made(text) == (
        f"{HEAD}\nname: one\n# A server.\nservices:\n  mine:\n    image: i # as it is\n"
        "\n  # The next.\n  other:\n    image: j\n    # The end.\n"
    )


def test_a_build_at_the_end_of_the_file_goes_too() -> None:
    kept = "services:\n  mine:\n    image: i\n    x-lab:\n      role: server\n"
    assert made(f"{kept}      command:\n      - x") == f"{HEAD}\n{kept}"
