"""The folder of a comparison: what is kept of it, and that no reader of runs takes it for one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import jsonschema
import msgspec
import pytest

from clusterbench.cli.options import find_run
from clusterbench.errors import ConfigError, StoreError
from clusterbench.measure.compare_verdicts import compared
from clusterbench.store import catalogue, newest_run
from clusterbench.store.compare_folder import CompareFolder
from clusterbench.store.run_folder import RunFolder
from clusterbench.store.schemas import schemas
from support.comparisons import (
    NAME,
    block,
    compare_record,
    instance_record,
    measured,
    slice_record,
)
from support.factories import run_record

if TYPE_CHECKING:
    from pathlib import Path


def test_a_comparison_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    folder = CompareFolder.create(tmp_path, compare_record())
    folder.append(instance_record(), slice_record())
    found = compared(folder.record.compare, folder.records(), seconds=1.0)
    folder.write_compared(found)
    again = CompareFolder.open(tmp_path / NAME)
    assert again.record == compare_record()
    assert again.records() == [instance_record(), slice_record()]
    assert again.compared() == found


def test_what_a_killed_comparison_left_of_its_last_line_is_passed_over(tmp_path: Path) -> None:
    folder = measured(tmp_path, blocks=2)
    with (folder.path / "slices.jsonl").open("ab") as handle:
        handle.write(b'{"kind":"slice","block":2,"pa')
    again = CompareFolder.open(folder.path)
    whole = [*block(0, times=1.0), *block(1, times=1.0)]
    assert again.records() == whole
    again.append(slice_record(block=3))
    assert again.records() == [*whole, slice_record(block=3)]
    assert again.compared() is None


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    folder = measured(tmp_path, blocks=1)
    with (folder.path / "slices.jsonl").open("ab") as handle:
        handle.write(b'{"kind":"trial"}\n')
    with pytest.raises(StoreError, match=r"slices\.jsonl:7: not a record"):
        folder.records()


def test_a_comparison_of_a_later_format_is_refused(tmp_path: Path) -> None:
    folder = CompareFolder.create(tmp_path, compare_record(format=99))
    with pytest.raises(
        StoreError, match=r"of format 99, which a later .* reads format 1: .*compare again"
    ):
        CompareFolder.open(folder.path)


def test_a_folder_without_a_record_is_no_comparison(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no comparison, it has no compare\.json"):
        CompareFolder.open(tmp_path)


def test_the_newest_run_is_never_a_comparison(tmp_path: Path) -> None:
    RunFolder.create(tmp_path, run_record(id="20300101T000000Z-quick"))
    measured(tmp_path)
    assert newest_run.newest(tmp_path).name == "20300101T000000Z-quick"
    assert (tmp_path / "latest").resolve().name == "20300101T000000Z-quick"


def test_a_comparison_is_found_by_its_name_and_is_no_run(tmp_path: Path) -> None:
    path = measured(tmp_path).path
    assert find_run(NAME, tmp_path) == path
    with pytest.raises(ConfigError, match="not a run folder, but a comparison, which `report`"):
        RunFolder.open(path)


def test_comparisons_are_listed_among_the_runs_and_can_be_pruned(tmp_path: Path) -> None:
    run = RunFolder.create(
        tmp_path, run_record(id="20300101T000000Z-quick", created="2030-01-01T00:00:00+00:00")
    )
    folder = measured(tmp_path, blocks=2)
    listed = catalogue.list_runs(tmp_path)
    assert [(entry.id, entry.compares, entry.trials) for entry in listed] == [
        (NAME, True, 8),
        (run.path.name, False, 0),
    ]
    assert not listed[0].complete
    folder.write_compared(compared(folder.record.compare, folder.records(), seconds=2.0))
    assert catalogue.read_entry(folder.path).complete
    later = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    assert [entry.id for entry in catalogue.prunable(listed, keep=1, now=later)] == [run.path.name]
    catalogue.remove(listed[0])
    assert [entry.id for entry in catalogue.list_runs(tmp_path)] == [run.path.name]


@pytest.mark.parametrize(
    ("name", "record", "needed"),
    [
        ("compare", compare_record(), "id"),
        ("slice", slice_record(), "block"),
        ("instance", instance_record(), "arm"),
        ("compared", compared(compare_record().compare, [], seconds=1.0), "metrics"),
    ],
)
def test_what_is_written_fits_its_schema_and_what_is_broken_does_not(
    name: str, record: object, needed: str
) -> None:
    schema = msgspec.json.decode(schemas()[f"{name}.schema.json"])
    value = msgspec.json.decode(msgspec.json.encode(record))
    jsonschema.validate(value, schema)
    del value[needed]
    with pytest.raises(jsonschema.ValidationError, match=f"'{needed}' is a required property"):
        jsonschema.validate(value, schema)
