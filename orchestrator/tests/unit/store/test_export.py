from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import clusterbench
from clusterbench.errors import ConfigError, StoreError
from clusterbench.store.export import DEFAULT_TABLES, write
from support.run_folders import measured

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.store.frames import RunData


@pytest.fixture
def run(tmp_path: Path) -> RunData:
    return clusterbench.open(measured(tmp_path / "results").path)


#: Tables of which the run has no rows.
_EMPTY = ("capacities", "training", "counters")


@pytest.mark.parametrize("fmt", ["csv", "parquet", "json"])
def test_tables_are_written_and_read_back_with_their_figures(
    run: RunData, tmp_path: Path, fmt: str
) -> None:
    out = tmp_path / "out"
    files = write(run, fmt, out)
    assert files == [out / f"{name}.{fmt}" for name in DEFAULT_TABLES if name not in _EMPTY]
    assert sorted(out.iterdir()) == sorted(files)
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}[fmt]
    found = read(out / f"cells.{fmt}")  # type: ignore[operator]
    assert found["throughput_per_s"].to_list() == pytest.approx(
        run.cells["throughput_per_s"].to_list(), nan_ok=True
    )


def test_requests_are_written_where_they_are_named(run: RunData, tmp_path: Path) -> None:
    assert write(run, "parquet", tmp_path, ["requests"]) == [tmp_path / "requests.parquet"]
    assert len(pd.read_parquet(tmp_path / "requests.parquet")) == len(run.requests)


def test_json_is_a_list_of_objects_with_null_where_a_figure_is_missing(
    run: RunData, tmp_path: Path
) -> None:
    write(run, "json", tmp_path, ["trials"])
    rows = json.loads((tmp_path / "trials.json").read_text())
    (failed,) = (row for row in rows if row["outcome"] == "failed")
    assert failed["throughput_per_s"] is None


def test_a_format_or_a_table_that_there_is_not_is_refused_with_those_that_there_are(
    run: RunData, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"--format xlsx: .*csv, parquet, json"):
        write(run, "xlsx", tmp_path)
    with pytest.raises(ConfigError, match=r"--table cell: .*cells, contenders"):
        write(run, "csv", tmp_path, ["cell"])


def test_a_folder_that_cannot_be_written_is_named(run: RunData, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/cells\.csv: cannot be written"):
        write(run, "csv", tmp_path / "file")
