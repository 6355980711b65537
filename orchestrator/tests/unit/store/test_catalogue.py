from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from clusterbench.errors import RunRefused
from clusterbench.store import run_folder
from clusterbench.store.catalogue import RunEntry, list_runs, prunable, read_entry, remove
from clusterbench.store.run_folder import RunFolder
from support.factories import run_record
from support.run_folders import measured

FORMAT_1 = Path(__file__).parent / "fixtures" / "format-1.run.json"
NOW = dt.datetime(2030, 1, 31, tzinfo=dt.UTC)


def made(results: Path, *days: int) -> None:
    """Runs that began on these days of January 2030."""
    for day in days:
        RunFolder.create(
            results, run_record(id=f"day-{day}", created=f"2030-01-{day:02}T00:00:00+00:00")
        )


def names(entries: tuple[RunEntry, ...]) -> list[str]:
    return [entry.id for entry in entries]


def test_runs_are_listed_the_newest_first(tmp_path: Path) -> None:
    made(tmp_path, 3, 20, 10)
    (tmp_path / "not-a-run").mkdir()
    assert names(list_runs(tmp_path)) == ["day-20", "day-10", "day-3"]
    assert list_runs(tmp_path / "none") == ()


def test_an_entry_says_what_ran_and_how_far_it_got(tmp_path: Path) -> None:
    folder = measured(tmp_path)
    (entry,) = list_runs(tmp_path)
    assert (entry.path, entry.profile, entry.runtime) == (folder.path, "made-up", "process")
    assert (entry.trials, entry.failed, entry.complete, entry.problem) == (4, 1, False, "")
    files = (file for file in folder.path.rglob("*") if file.is_file())
    assert entry.bytes == sum(file.stat().st_size for file in files)


def test_a_run_of_another_format_is_listed_with_the_reason_why_it_cannot_be_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "old").mkdir()
    shutil.copy(FORMAT_1, tmp_path / "old" / "run.json")
    (entry,) = list_runs(tmp_path)
    assert (entry.id, entry.profile, entry.runtime) == ("old", "made-up", "process")
    assert entry.created == "2030-01-01T00:00:00+00:00"
    assert "format 1, which clusterbench 0.1 reads" in entry.problem


def test_a_broken_run_is_listed_too(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("no JSON")
    (entry,) = list_runs(tmp_path)
    assert "not the record of a run" in entry.problem


def test_a_run_without_a_readable_start_is_listed_too(tmp_path: Path) -> None:
    made(tmp_path, 3)
    file = tmp_path / "day-3" / "run.json"
    file.write_text(file.read_text().replace("2030-01-03T00:00:00+00:00", "yesterday"))
    (entry,) = list_runs(tmp_path)
    assert (entry.id, entry.problem) == ("day-3", "")


def test_a_run_that_cannot_be_read_takes_no_place_among_those_that_are_kept(
    tmp_path: Path,
) -> None:
    made(tmp_path, 3, 10, 20)
    (tmp_path / "day-20" / "run.json").write_text('{"created": "2030-01-20"}')
    assert names(prunable(list_runs(tmp_path), 1, None, NOW)) == ["day-3"]
    assert names(prunable(list_runs(tmp_path), 3, None, NOW)) == []


def test_a_run_whose_folder_was_renamed_is_described_by_its_folder(tmp_path: Path) -> None:
    made(tmp_path, 3)
    moved = (tmp_path / "day-3").rename(tmp_path / "mine")
    assert (read_entry(moved).id, read_entry(moved).problem) == ("mine", "")


@pytest.mark.parametrize("latest", ["copy", "file"])
def test_removing_a_run_leaves_what_is_no_link_as_it_is(tmp_path: Path, latest: str) -> None:
    made(tmp_path, 3, 10)
    there = tmp_path / "latest"
    there.unlink()
    if latest == "copy":
        shutil.copytree(tmp_path / "day-3", there)
    else:
        there.write_text("mine")
    remove(list_runs(tmp_path)[0])
    assert names(list_runs(tmp_path)) == ["day-3"]
    assert not there.is_symlink()
    assert there.exists()


@pytest.mark.parametrize(
    ("keep", "days", "expected"),
    [
        (None, None, []),
        (1, None, ["day-10", "day-3"]),
        (5, None, []),
        (None, 15, ["day-10", "day-3"]),
        (None, 25, ["day-3"]),
        (2, 15, ["day-3"]),
        (0, None, ["day-20", "day-10", "day-3"]),
    ],
)
def test_runs_may_go_that_are_not_among_the_newest_and_old_enough(
    tmp_path: Path, keep: int | None, days: float | None, expected: list[str]
) -> None:
    made(tmp_path, 3, 20, 10)
    assert names(prunable(list_runs(tmp_path), keep, days, NOW)) == expected


def test_removing_the_latest_makes_the_newest_that_is_left_the_latest(tmp_path: Path) -> None:
    made(tmp_path, 3, 10, 20)
    newest, middle, oldest = list_runs(tmp_path)
    latest = tmp_path / "latest"
    remove(newest)
    assert latest.resolve() == middle.path
    remove(oldest)
    assert latest.resolve() == middle.path
    remove(middle)
    assert not (tmp_path / "latest").is_symlink()
    assert list_runs(tmp_path) == ()


def test_nothing_is_removed_while_a_run_is_writing(tmp_path: Path) -> None:
    made(tmp_path, 3)
    (entry,) = list_runs(tmp_path)
    with run_folder.lock(tmp_path), pytest.raises(RunRefused, match="another run is writing"):
        remove(entry)
    assert entry.path.exists()
