"""The newest run is found whatever `latest` is, and what somebody put there stays."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import clusterbench
from clusterbench.cli.options import find_run
from clusterbench.errors import ConfigError, StoreError
from clusterbench.store import newest_run as runs
from clusterbench.store.newest_run import newest, run_folders
from clusterbench.store.run_folder import RunFolder
from support.factories import run_record

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW = "20300101T000000Z-a", "20300102T000000Z-b"


def made(results: Path, name: str, day: int) -> Path:
    record = run_record(id=name, created=f"2030-01-{day:02}T00:00:00+00:00")
    return RunFolder.create(results, record).path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two runs, the newest made first, and no `latest`."""
    folder = tmp_path / "results"
    made(folder, NEW, 2)
    made(folder, OLD, 1)
    (folder / "latest").unlink()
    return folder


def _copy_of_the_older_run(latest: Path) -> None:
    shutil.copytree(latest.parent / OLD, latest)


def _folder_of_something_else(latest: Path) -> None:
    latest.mkdir()
    (latest / "mine.txt").touch()


def _link_elsewhere(latest: Path) -> None:
    elsewhere = made(latest.parent.parent / "elsewhere", "20300103T000000Z-c", 3)
    latest.symlink_to(elsewhere)


STATES: dict[str, Callable[[Path], object]] = {
    "missing": lambda _latest: None,
    "a link to the older run": lambda latest: latest.symlink_to(OLD),
    "a dangling link": lambda latest: latest.symlink_to("gone"),
    "a link elsewhere": _link_elsewhere,
    "a loop": lambda latest: latest.symlink_to("latest"),
    "a copy of the newest run": lambda latest: shutil.copytree(latest.parent / NEW, latest),
    "a copy of the older run": _copy_of_the_older_run,
    "a folder of something else": _folder_of_something_else,
    "a file": lambda latest: latest.write_text("mine"),
}
states = pytest.mark.parametrize("state", STATES)
theirs = pytest.mark.parametrize(
    "state", ["a copy of the older run", "a folder of something else", "a file"]
)


@states
def test_the_newest_run_is_found_whatever_latest_is(state: str, results: Path) -> None:
    STATES[state](results / "latest")
    assert newest(results) == results / NEW
    assert run_folders(results) == (results / NEW, results / OLD)
    assert find_run(None, results) == find_run("latest", results) == results / NEW


@states
def test_the_path_of_latest_is_a_run_too(state: str, results: Path) -> None:
    STATES[state](results / "latest")
    path = find_run(str(results / "latest"), results)
    expected = results / ("latest" if state.startswith("a copy") else NEW)
    assert path == expected
    assert clusterbench.open(results / "latest").run == RunFolder.open(expected).run


def test_a_folder_latest_that_is_the_only_copy_of_its_run_is_a_run(results: Path) -> None:
    shutil.copytree(results / NEW, results / "latest")
    shutil.rmtree(results / NEW)
    assert run_folders(results) == (results / "latest", results / OLD)
    assert find_run("latest", results) == results / "latest"


@pytest.mark.parametrize("state", ["missing", "a dangling link", "a link elsewhere", "a loop"])
def test_a_new_run_makes_latest_a_link_to_it(state: str, results: Path) -> None:
    STATES[state](results / "latest")
    said: list[str] = []
    RunFolder.create(results, run_record(id="third"), said.append)
    assert (results / "latest").readlink() == Path("third")
    assert said == []


def _what_is_in(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@theirs
def test_a_new_run_leaves_what_is_no_link_as_it_is_and_says_so_once(
    state: str, results: Path
) -> None:
    STATES[state](results / "latest")
    before, said = _what_is_in(results), list[str]()
    folder = RunFolder.create(results, run_record(id="third"), said.append)
    (warning,) = said
    assert warning.startswith(f"{results / 'latest'} is no link, so it is left as it is; ")
    assert warning.endswith(str(folder.path))
    assert before.items() <= _what_is_in(results).items()
    assert not list(results.glob(".latest*"))


def test_a_run_begins_on_a_file_system_without_links(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    said: list[str] = []
    folder = RunFolder.create(results, run_record(id="third", created="2031-01-01"), said.append)
    (warning,) = said
    assert "latest: cannot be made a link: Operation not permitted; the newest run is" in warning
    assert newest(results) == folder.path


def test_a_renamed_run_keeps_its_place_and_a_broken_one_does_not_hide_the_others(
    results: Path,
) -> None:
    (results / NEW).rename(results / "mine")
    (results / "broken").mkdir()
    (results / "broken" / "run.json").write_text('{"created": "yesterday"}')
    os.utime(results / "broken", (4_000_000_000, 4_000_000_000))
    assert newest(results) == results / "mine"
    assert [path.name for path in run_folders(results)] == ["broken", "mine", OLD]


def test_the_newest_run_is_named_also_where_its_record_is_broken(results: Path) -> None:
    (results / NEW / "run.json").write_text("")
    assert newest(results) == results / NEW


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"created": 7}', '{"created": "soon"}'])
def test_a_run_without_a_record_of_its_start_is_dated_by_its_name(
    record: str, tmp_path: Path
) -> None:
    folder = tmp_path / NEW
    folder.mkdir()
    (folder / "run.json").write_text(record)
    assert runs.began(folder).isoformat() == "2030-01-02T00:00:00+00:00"


def test_where_there_is_no_run_this_is_said(tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to("gone")
    for results in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match="no run here yet; `run` makes one"):
            newest(results)
        assert run_folders(results) == ()


def test_a_results_folder_that_is_a_link_is_followed(results: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(results)
    assert newest(tmp_path / "link") == tmp_path / "link" / NEW


def test_a_results_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("gone")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    for name in ("dangling", "loop", "file"):
        with pytest.raises(StoreError, match=f"{name}: cannot be read: "):
            newest(tmp_path / name)


def test_a_run_that_may_not_be_looked_into_is_listed_and_a_strange_folder_is_not(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (results / "lost+found").mkdir()
    shut = {results / OLD, results / "lost+found"}
    real = Path.stat

    def stat(self: Path, **how: bool) -> os.stat_result:
        if self.parent in shut:
            raise PermissionError(13, "Permission denied")
        return real(self, **how)

    monkeypatch.setattr(Path, "stat", stat)
    monkeypatch.setattr(os, "access", lambda path, _how: path not in shut)
    assert run_folders(results) == (results / NEW, results / OLD)


def test_a_link_to_a_run_means_the_run(results: Path, tmp_path: Path) -> None:
    (tmp_path / "good").symlink_to(results / OLD)
    assert find_run(str(tmp_path / "good"), tmp_path / "none") == results / OLD


def test_a_name_that_no_file_can_have_is_no_run(results: Path) -> None:
    with pytest.raises(ConfigError, match="no such run"):
        find_run("x" * 300, results)
