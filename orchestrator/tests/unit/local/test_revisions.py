"""Revisions of a small repository: found, checked out and built; or named as what is not there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from clusterbench.config.arms import Asked, at, parse
from clusterbench.config.compose_file import Recipe, Role, Service
from clusterbench.errors import ConfigError, HostError
from clusterbench.local.build import build, cache_of
from clusterbench.local.revisions import check_out, folder_of, resolve
from support.git_repositories import commit_all, git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


def commit(folder: Path, text: str) -> str:
    (folder / "server").write_text(f"#!/bin/sh\necho {text}\n")
    (folder / "server").chmod(0o755)
    return commit_all(folder)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two commits on `main`, `v1` being the first, and a change not committed."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "root"
    folder.mkdir()
    commit(folder, "one")
    git(folder, "tag", "v1")
    commit(folder, "two")
    (folder / "server").write_text("#!/bin/sh\necho three\n")
    return folder


def found(root: Path, revision: str) -> Asked:
    return resolve(parse(f"fast@{revision}"), root)


@pytest.mark.parametrize("revision", ["v1", "HEAD~1", "main^"])
def test_a_revision_is_resolved_to_its_commit(root: Path, revision: str) -> None:
    assert found(root, revision).commit == git(root, "rev-parse", "v1")


def test_a_commit_is_checked_out_and_the_working_tree_is_left_as_it_is(root: Path) -> None:
    before = git(root, "status", "--porcelain"), git(root, "worktree", "list")
    folder = check_out(root, git(root, "rev-parse", "v1"))
    assert (folder / "server").read_text() == "#!/bin/sh\necho one\n"
    assert (folder / "server").stat().st_mode & 0o111
    assert (root / "server").read_text() == "#!/bin/sh\necho three\n"
    assert before == (git(root, "status", "--porcelain"), git(root, "worktree", "list"))
    assert [each.name for each in folder.iterdir() if each.name == ".index"] == []


def test_what_is_checked_out_is_used_again(root: Path) -> None:
    head = git(root, "rev-parse", "HEAD")
    (check_out(root, head) / "made by a build").touch()
    assert (check_out(root, head) / "made by a build").exists()
    assert [each.name for each in folder_of(root, head).parent.iterdir()] == [head[:12]]


def test_a_lab_in_a_folder_of_a_larger_repository_has_its_own_files_alone(tmp_path: Path) -> None:
    lab = tmp_path / "whole" / "tools" / "lab"
    lab.mkdir(parents=True)
    (lab / "server").touch()
    folder = check_out(lab, commit_all(tmp_path / "whole"))
    assert [each.name for each in folder.iterdir()] == ["server"]


def test_git_is_asked_about_this_repository_whatever_a_hook_was_called_for(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    asked = found(root, "v1")
    assert (check_out(root, str(asked.commit)) / "server").read_text().endswith("echo one\n")


@pytest.mark.parametrize(
    ("revision", "complaint"),
    [
        ("mian", "mian is no revision of this repository; did you mean 'main'"),
        ("--all", "--all is no revision"),
        ("v1^{tree}", "is no revision"),
    ],
)
def test_a_revision_that_is_none_is_named_with_those_that_there_are(
    root: Path, revision: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        found(root, revision)


def test_a_shallow_clone_is_named_as_what_lacks_the_revision(root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth", "1", root.as_uri(), str(clone))
    with pytest.raises(ConfigError, match=r"this clone is shallow.*git fetch --unshallow"):
        found(clone, "v1")


def test_a_folder_that_is_no_repository_has_no_revisions(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no git repository"):
        found(tmp_path, "main")


def test_without_git_the_remedy_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    with pytest.raises(HostError, match="apt-get install git"):
        found(root, "main")


def test_an_arm_without_a_revision_asks_nothing_of_git(tmp_path: Path) -> None:
    assert resolve(parse("fast"), tmp_path) == parse("fast")


# ----------------------------------------------------------------------------------- built


def service(name: str) -> Service:
    copy = ("sh", "-c", "mkdir -p {env} && cp server {env}/server && echo x >> {cache}/count")
    recipe = Recipe(needs=(), sources=(Path("server"),), build=(copy,), command=("{env}/server",))
    return Service(name=name, role=Role.SERVER, image=f"x/{name}", recipe=recipe)


def test_a_revision_is_built_beside_the_working_tree_from_its_own_sources(root: Path) -> None:
    head = git(root, "rev-parse", "HEAD")
    name, cache = at("fast", head), cache_of(root)

    def said(text: str) -> None:
        del text

    ours = build({"fast": service("fast")}, root, said, generators=())
    tree = check_out(root, head)
    theirs = build({name: service(name)}, tree, said, generators=(), cache=cache)
    made = ours.also(theirs)
    printed = [
        subprocess.run(made.commands[each], capture_output=True, text=True, check=True).stdout
        for each in ("fast", name)
    ]
    assert printed == ["three\n", "two\n"]
    assert made.digests["fast"] != made.digests[name]
    build({name: service(name)}, tree, said, generators=(), cache=cache)
    assert (cache / "count").read_text().count("x") == 2  # the second is there


def test_a_revision_with_the_sources_of_the_working_tree_has_their_digest(root: Path) -> None:
    head = commit(root, "four")
    name = at("fast", head)
    ours = build({"fast": service("fast")}, root, lambda _: None, generators=())
    theirs = build(
        {name: service(name)}, check_out(root, head), lambda _: None, generators=(),
        cache=cache_of(root),
    )  # fmt: skip
    assert ours.digests["fast"] == theirs.digests[name]
