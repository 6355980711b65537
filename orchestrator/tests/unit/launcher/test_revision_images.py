"""`./lab compare` in containers: revisions are checked out, and their images built, on the host."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.errors import ConfigError, HostError
from launcher import composing, revision_images, starting
from launcher.composing import Engine
from launcher.image_source import ImageSource
from launcher.main import launch
from support import small_lab
from support.git_repositories import commit_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")

THERE = Engine(there=True, why="Docker 26 with Compose 2.26")
NOT_THERE = Engine(there=False, why="no container engine")


class Became(Exception):  # noqa: N818 - it stands for a process that became another
    """The process became another."""


class Host:
    """A host with an engine that builds and runs nothing, and notes what it is told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine = THERE
        self.commit = ""
        self.done: list[str] = []
        self.inside: Sequence[str] = ()
        self.became: Sequence[str] = ()
        self.mounts: list[Mapping[str, Any]] = []
        self.broken = ""

    def build(
        self, root: Path, images: Sequence[str], override: Mapping[str, Any] | None = None
    ) -> bool:
        tags = {name: each["image"] for name, each in (override or {}).get("services", {}).items()}
        self.done.append(f"build {' '.join(tags.get(name, name) for name in images)}")
        return self.broken not in {str(root), *images}

    def entries(self, _root: Path) -> dict[str, Any]:
        return {
            "fast": {"image": "me/fast"},
            "fast-image": {"image": "me/fast", "build": {"context": "."}},
            "slow-image": {"image": "me/slow", "build": {"context": "."}},
        }

    def ask(self, _root: Path, words: Sequence[str], _override: object) -> tuple[int, str]:
        self.done.append("ask")
        short = self.commit[:12]
        of = {"image": f"me/fast:{short}", "service": "fast", "commit": self.commit}
        images = [{"name": "generators-image", "needed": True}]
        return 0, json.dumps({"images": images, "revisions": [of] if self.commit else []})

    def run(self, _root: Path, words: Sequence[str], override: Mapping[str, Any]) -> int:
        self.done.append("run")
        self.inside = words[words.index("orchestrator") + 1 :]
        self.mounts = override["services"]["orchestrator"].get("volumes", [])
        for word in self.inside:
            if word.startswith("/results/"):
                (self.root / "results" / word.removeprefix("/results/")).write_text("found")
        return 1

    def environment(self, _root: Path, _kind: str) -> Host:
        return self

    def become(self, words: Sequence[str], _variables: Mapping[str, str]) -> None:
        self.became = words
        raise Became


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    made = Host(small_lab.write(tmp_path / "root"))
    for name in ("build", "ask", "run", "entries"):
        monkeypatch.setattr(composing, name, getattr(made, name))
    monkeypatch.setattr(composing, "find_engine", lambda: made.engine)
    monkeypatch.setattr(composing, "check_machine", lambda _root: None)
    monkeypatch.setattr(starting, "environment", made.environment)
    for name in ("LAB_PROFILE", "LAB_PULL_POLICY", "LAB_RESULTS"):
        monkeypatch.delenv(name, raising=False)
    return made


def test_a_revision_is_built_under_a_tag_of_its_own_and_compared_by_its_commit(host: Host) -> None:
    host.commit = commit_all(host.root)
    short = host.commit[:12]
    assert launch(host.root, ["compare", "fast@main", "fast", "--rate", "100"]) == 1
    assert host.done == [
        "build orchestrator-image", "ask", "build generators-image", f"build me/fast:{short}", "run"
    ]  # fmt: skip
    assert host.inside[:3] == ["compare", f"fast@main:{host.commit}", "fast"]
    (mount,) = host.mounts
    file = f".lab/revisions/{short}/compose.yaml"
    assert (mount["source"], mount["target"]) == (str(host.root / file), f"/lab/{file}")
    assert mount["read_only"]


def test_a_revision_that_is_kept_elsewhere_has_its_usual_place_in_the_container(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    host.commit = commit_all(host.root)
    launch(host.root, ["compare", "fast@main", "fast", "--rate", "100"])
    (mount,) = host.mounts
    assert Path(mount["source"]).is_relative_to(tmp_path / "home")
    assert mount["target"] == f"/lab/.lab/revisions/{host.commit[:12]}/compose.yaml"


def test_a_revision_is_built_where_all_else_is_pulled_and_that_is_said(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    host.commit = commit_all(host.root)
    monkeypatch.setattr(ImageSource, "provide", lambda _self, names, _what: host.done.extend(names))
    monkeypatch.setenv("LAB_REGISTRY", "reg.example/us")
    launch(host.root, ["compare", "fast@main", "fast", "--pull"])
    tagged = f"me/fast:{host.commit[:12]}"
    assert host.done == ["orchestrator-image", "ask", "generators-image", f"build {tagged}", "run"]
    assert f"building {tagged}: no registry has the image of a revision" in capsys.readouterr().err


def test_a_plan_builds_no_servers_image(host: Host) -> None:
    launch(host.root, ["compare", "fast", "fast", "--plan-only"])
    assert host.done == ["build orchestrator-image", "ask", "run"]


def test_an_image_of_a_revision_that_cannot_be_built_ends_it(host: Host) -> None:
    host.commit = commit_all(host.root)
    host.broken = str(host.root / ".lab" / "revisions" / host.commit[:12])
    with pytest.raises(HostError, match=r"me/fast:.*, a revision's image, could not be built"):
        launch(host.root, ["compare", "fast@main", "fast"])
    assert "run" not in host.done


def test_what_is_no_revision_starts_nothing(host: Host) -> None:
    commit_all(host.root)
    with pytest.raises(ConfigError, match="mian is no revision"):
        launch(host.root, ["compare", "fast@mian", "fast"])
    assert host.done == []


def test_markdown_comes_out_of_the_container(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "comment.md"
    launch(host.root, ["compare", "fast", "fast", "--markdown", str(file)])
    assert file.read_text() == "found"
    assert [*(host.root / "results").glob(".compare*")] == []


@pytest.mark.parametrize(
    ("arms", "runtime"),
    [
        (["fast", "fast"], None),
        (["fast", "command:./serve"], "process"),
        (["image:me/server", "fast"], "docker"),
    ],
)
def test_an_arm_that_takes_one_runtime_chooses_it(
    host: Host, arms: list[str], runtime: str | None
) -> None:
    found = type("Found", (), {"baseline": arms[0], "candidate": arms[1]})
    assert revision_images.needed(found()) == runtime  # type: ignore[arg-type]


def test_local_processes_get_the_command_as_it_was_given(host: Host) -> None:
    host.engine = NOT_THERE
    with pytest.raises(Became):
        launch(host.root, ["compare", "fast@main", "fast", "--slices", "500ms"])
    assert host.became[2:5] == ["compare", "fast@main", "fast"]
    assert [*host.became][5:7] == ["--slices", "0.5"]
    assert host.done == []
