"""Images that are pulled in place of being built: with a made-up `docker` and its registry."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.errors import ConfigError, HostError
from launcher import composing, say, starting
from launcher.composing import Engine
from launcher.image_source import published_by
from launcher.main import launch
from support import small_lab

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Knows what is here and what is published, by files beside it, and notes what it is asked.
DOCKER = """#!/bin/sh
echo "$*" >>"$0.asked"
for last; do :; done
case "$1 $2" in
"image inspect") grep -qx "$last" "$0.here";;
"pull "*)
  echo "layers of $last"
  if grep -qx "$last" "$0.published"; then echo "$last" >>"$0.here"; exit; fi
  echo "Error response from daemon: manifest for $last not found: manifest unknown" >&2; exit 1;;
"compose "*)
  for name in orchestrator fast generators slow-2019; do
    image="{\\"image\\": \\"$LAB_REGISTRY/$name:$LAB_TAG\\"}"
    entries="$entries${entries:+, }\\"$name-image\\": $image"
  done
  echo "{\\"services\\": {$entries}}";;
esac
"""
PUBLISHED = [f"reg.example:5000/us/{name}:v1" for name in ("orchestrator", "fast", "generators")]
ORCHESTRATOR, FAST, GENERATORS = PUBLISHED
OLD = "reg.example:5000/us/slow-2019:v1"


class Became(Exception):  # noqa: N818 - it stands for a process that became another
    """The process became another."""


class Host:
    """A host with a docker that pulls from a registry, and a lab that measures nothing."""

    def __init__(self, root: Path, docker: Path) -> None:
        self.root, self._docker = root, docker
        self.engine = Engine(there=True, why="Docker 26 with Compose 2.26")
        self.done: list[str] = []
        self.inside: Sequence[str] = ()
        docker.write_text(DOCKER)
        docker.chmod(0o755)
        self.write("here")
        self.write("published", *PUBLISHED)
        self.images = [
            {"name": "fast-image", "needed": True},
            {"name": "generators-image", "needed": True},
            {"name": "slow-2019-image", "needed": False},
        ]

    def write(self, name: str, *images: str) -> None:
        self._docker.with_suffix(f".{name}").write_text("".join(f"{each}\n" for each in images))

    @property
    def pulled(self) -> list[str]:
        asked = self._docker.with_suffix(".asked")
        lines = asked.read_text().splitlines() if asked.exists() else []
        return [line.split()[-1] for line in lines if line.startswith("pull ")]

    def build(self, _root: Path, images: Sequence[str], _override: object = None) -> bool:
        self.done.append(f"build {' '.join(images)}")
        return True

    def ask(self, _root: Path, words: Sequence[str], _override: object) -> tuple[int, str]:
        self.done.append("ask")
        return 0, json.dumps({"images": self.images, "revisions": []})

    def run(
        self, _root: Path, words: Sequence[str], override: Mapping[str, Any] | None = None
    ) -> int:
        self.done.append("run")
        self.inside = words
        return 0

    def environment(self, _root: Path, kind: str) -> Host:
        self.done.append(f"environment {kind}")
        return self

    def become(self, _words: Sequence[str], _variables: Mapping[str, str]) -> None:
        raise Became

    def launch(self, *words: str) -> int | None:
        try:
            return launch(self.root, [*words])
        except Became:
            return None


@pytest.fixture
def host(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    git = shutil.which("git", path="/usr/local/bin:/usr/bin:/bin")
    for program in ("/bin/grep", *([git] if git else [])):
        (path / program.rpartition("/")[2]).symlink_to(program)
    made = Host(small_lab.write(tmp_path / "root"), path / "docker")
    for name in ("build", "ask", "run"):
        monkeypatch.setattr(composing, name, getattr(made, name))
    monkeypatch.setattr(composing, "find_engine", lambda: made.engine)
    monkeypatch.setattr(composing, "check_machine", lambda _root: made.done.append("check"))
    monkeypatch.setattr(composing, "waits_for", lambda _root, name: [f"{name}-image"])
    monkeypatch.setattr(starting, "environment", made.environment)
    monkeypatch.setattr(say, "_only_warnings", False)
    for name in ("LAB_PROFILE", "LAB_RESULTS", "LAB_PULL_POLICY", "DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker"))
    monkeypatch.setenv("LAB_REGISTRY", "reg.example:5000/us")
    monkeypatch.setenv("LAB_TAG", "v1")
    return made


def test_what_a_run_needs_is_pulled_in_its_order_and_nothing_is_built(
    host: Host, capfd: pytest.CaptureFixture[str]
) -> None:
    host.write("published", *PUBLISHED, OLD)
    assert host.launch("run", "--pull", "--profile", "usual") == 0
    assert host.pulled == [*PUBLISHED, OLD]
    assert host.done == ["check", "ask", "run"]
    assert [*host.inside][-3:] == ["run", "--profile", "usual"]
    told = capfd.readouterr()
    assert told.out == "", "results alone are on standard output: --json"
    assert "pulled from reg.example:5000/us with the tag v1, not built" in told.err
    assert f"pulling {FAST}\nlayers of {FAST}\n" in told.err


@pytest.mark.parametrize("command", ["capacity", "train", "calibrate", "verify fast"])
def test_every_command_that_measures_pulls_what_its_plan_names(host: Host, command: str) -> None:
    host.launch(*command.split(), "--pull")
    assert host.pulled == [*PUBLISHED, OLD]
    assert host.done == ["check", "ask", "run"]


@pytest.mark.parametrize(
    ("command", "image"), [("report", ORCHESTRATOR), ("serve fast", FAST)]
)  # fmt: skip
def test_what_needs_one_image_pulls_that_one(host: Host, command: str, image: str) -> None:
    assert host.launch(*command.split(), "--pull") == 0
    assert host.pulled == [image]


def test_a_plan_pulls_the_orchestrators_image_alone(host: Host) -> None:
    host.launch("capacity", "--plan-only", "--pull")
    assert host.pulled == [ORCHESTRATOR]


@pytest.mark.parametrize(
    ("words", "policy", "pulled"),
    [
        (["--pull"], "", [GENERATORS]),
        (["--pull"], "build", [GENERATORS]),
        ([], "missing", [GENERATORS]),
        ([], "always", PUBLISHED),
        (["--pull"], "always", PUBLISHED),
    ],
)
def test_images_that_are_here_are_pulled_again_only_where_that_is_asked_for(
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    policy: str,
    pulled: list[str],
) -> None:
    monkeypatch.setenv("LAB_PULL_POLICY", policy)
    host.images = host.images[:2]
    host.write("here", ORCHESTRATOR, FAST)
    assert host.launch("run", *words) == 0
    assert host.pulled == pulled
    assert not [each for each in host.done if each.startswith("build")]


@pytest.mark.parametrize("policy", ["", "build"])
def test_images_are_built_where_nobody_asks_for_others(
    host: Host, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    monkeypatch.setenv("LAB_PULL_POLICY", policy)
    assert host.launch("run") == 0
    assert host.pulled == []
    assert host.done[0] == "build orchestrator-image"


def test_an_image_that_is_not_published_ends_it_with_its_name_the_registry_and_a_remedy(
    host: Host,
) -> None:
    host.write("published", ORCHESTRATOR)
    with pytest.raises(HostError) as refused:
        host.launch("run", "--pull")
    said = str(refused.value)
    assert said.startswith(f"{FAST} could not be pulled from reg.example:5000/us: manifest for")
    assert "manifest unknown; remedy: build it here, without --pull and LAB_PULL_POLICY" in said
    assert "run" not in host.done


def test_a_run_goes_on_without_an_old_servers_image_that_is_not_published(
    host: Host, capfd: pytest.CaptureFixture[str]
) -> None:
    assert host.launch("run", "--pull") == 0
    assert f"warning: {OLD} could not be pulled" in capfd.readouterr().err


# ------------------------------------------------------------------------------ from where


@pytest.mark.parametrize(
    ("address", "registry"),
    [
        ("https://github.com/Us/Lab.git", "ghcr.io/us/lab"),
        ("https://github.com/us/lab", "ghcr.io/us/lab"),
        ("https://token@github.com/us/my.lab/", "ghcr.io/us/my.lab"),
        ("git@github.com:us/lab.git", "ghcr.io/us/lab"),
        ("ssh://git@github.com/us/lab", "ghcr.io/us/lab"),
        ("https://github.com.example/us/lab", None),
        ("https://git.example/github.com/us/lab", None),
        ("/srv/github.com/us/lab", None),
        ("", None),
    ],
)
def test_a_repository_on_github_publishes_at_githubs_registry(
    address: str, registry: str | None
) -> None:
    assert published_by(address) == registry


def origin(root: Path, address: str) -> None:
    (root / ".git" / "objects").mkdir(parents=True)
    (root / ".git" / "refs").mkdir()
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (root / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {address}\n')


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_without_a_registry_it_is_that_of_the_repository_that_was_cloned(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_REGISTRY", "")
    origin(host.root, "https://github.com/Us/Lab.git")
    with pytest.raises(HostError, match=r"ghcr\.io/us/lab/orchestrator:v1 could not be pulled"):
        host.launch("run", "--pull")
    host.write("published", "ghcr.io/us/lab/orchestrator:v1")
    assert host.launch("report", "--pull") == 0


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://git.example/us/lab", r"was cloned from https://git\.example/us/lab"),
        (None, "is no clone of a repository"),
    ],
)
@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_without_a_registry_nothing_is_guessed(
    host: Host, monkeypatch: pytest.MonkeyPatch, address: str | None, said: str
) -> None:
    monkeypatch.setenv("LAB_REGISTRY", "")
    if address is None:  # another's repository is around the lab
        origin(host.root.parent, "https://github.com/them/theirs")
    else:
        origin(host.root, address)
    with pytest.raises(
        ConfigError, match=rf"LAB_REGISTRY, .* is not set; .*{said}; remedy: LAB_REG"
    ):
        host.launch("run", "--pull")
    assert (host.pulled, host.done) == ([], [])


# -------------------------------------------------------------------------- where it is none


@pytest.mark.parametrize("words", [["run", "--runtime", "process"], ["verify", "localhost:5001"]])
def test_what_runs_without_containers_refuses_to_pull(host: Host, words: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"--pull: images are for containers, and .* remedy: "):
        host.launch(*words, "--pull")
    assert host.done == []


def test_without_an_engine_pulling_is_refused_and_the_variable_warned_of(
    host: Host, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    host.engine = Engine(there=False, why="no container engine (docker is not installed)")
    with pytest.raises(ConfigError, match="--pull: images are for containers"):
        host.launch("run", "--pull")
    assert "docker is not installed" in capfd.readouterr().err
    monkeypatch.setenv("LAB_PULL_POLICY", "missing")
    host.launch("run")
    assert host.done == ["environment run"]
    assert "warning: LAB_PULL_POLICY=missing is not used" in capfd.readouterr().err
    host.launch("claims")
    assert "LAB_PULL_POLICY" not in capfd.readouterr().err, "it takes no image anywhere"


def test_a_mistaken_policy_names_what_is_allowed_and_starts_nothing(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_PULL_POLICY", "mising")
    with pytest.raises(
        ConfigError, match=r"LAB_PULL_POLICY=mising: did you mean 'missing'.*always"
    ):
        host.launch("run")
    assert host.done == []
