from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import clusterbench
from clusterbench.errors import ConfigError
from clusterbench.model.records import SideUsage
from clusterbench.model.units import Seconds
from clusterbench.store.frames import TABLES
from support.factories import trial_record
from support.repository import ROOT
from support.run_folders import LATENCY, LEVEL, closed_loop, measured

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.store.frames import RunData


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    return clusterbench.open(measured(tmp_path_factory.mktemp("results")).path)


def test_cells_have_figures_with_units_and_both_ends_of_their_intervals(run: RunData) -> None:
    cells = run.cells.set_index(["contender", "level"])
    for name, latency in LATENCY.items():
        cell = cells.loc[name, LEVEL]
        assert cell["throughput_per_s"] == pytest.approx(LEVEL / latency, rel=0.02)
        assert cell["throughput_low_per_s"] <= cell["throughput_per_s"]
        assert cell["throughput_high_per_s"] >= cell["throughput_per_s"]
        assert cell["latency_p50_s"] == pytest.approx(latency)
        assert cell["cpu_per_request_s"] == pytest.approx(0.8 * latency / LEVEL, rel=0.02)


def test_a_cell_of_which_nothing_was_measured_has_no_figures(run: RunData) -> None:
    cell = run.cells.set_index(["contender", "level"]).loc["rust-tonic", 128]
    assert cell[["throughput_per_s", "latency_p99_s", "server_share"]].isna().all()
    assert cell["failed"] == 1


def test_trials_have_a_row_each_also_those_that_failed(run: RunData) -> None:
    trials = run.trials.set_index("trial")
    assert len(trials) == 5
    failed = trials.loc["r1-rust-tonic-predict-128"]
    assert (failed["outcome"], failed["reason"]) == ("failed", "it died")
    assert failed[["throughput_per_s", "responses", "server_cpu_s"]].isna().all()
    assert trials.loc["r2-rust-tonic-predict-64", "server_cpu_s"] == 4.0


def test_requests_are_those_of_all_measured_trials_and_know_their_window(run: RunData) -> None:
    requests = run.requests
    assert set(requests["trial"]) == set(run.trials.query("outcome == 'ok'")["trial"])
    assert set(requests["status"]) == {"OK"}
    p99 = (
        requests.query("in_window").groupby("contender", observed=True)["latency_s"].quantile(0.99)
    )
    cells = run.cells[run.cells["level"] == LEVEL].set_index("contender")
    cells = cells[cells["scenario"] == "predict"]
    assert p99.to_dict() == pytest.approx(cells["latency_p99_s"].to_dict())


def test_comparisons_are_ratios_paired_by_round(run: RunData) -> None:
    (row,) = run.comparisons.to_dict("records")
    assert (row["numerator"], row["denominator"]) == ("rust-tonic", "sklearn-grpc")
    assert row["ratio"] == pytest.approx(4.0, rel=0.02)
    assert (row["pairing"], row["rounds"]) == ("one process", 2)


def test_contenders_have_their_start_and_their_memory(run: RunData) -> None:
    contenders = run.contenders.set_index("contender")
    assert contenders["start_s"].to_list() == pytest.approx([1.0, 1.0])
    assert contenders["step_create_s"].to_list() == pytest.approx([0.25, 0.25])
    assert contenders["peak_memory_bytes"].to_list() == pytest.approx([1e8, 1e8])
    assert contenders["idle_memory_bytes"].to_list() == pytest.approx([4e7, 4e7])
    assert contenders["image_size_bytes"].to_list() == [127_000_000, 127_000_000]
    assert contenders["workers"].to_list() == [2, 2]
    assert contenders["idle_memory_per_worker_bytes"].to_list() == pytest.approx([2e7, 2e7])


def test_a_run_that_measured_nothing_has_frames_all_the_same(tmp_path: Path) -> None:
    folder = measured(tmp_path, id="other")
    (folder.path / "trials.jsonl").write_bytes(b"")
    run = clusterbench.open(str(folder.path))
    assert run.requests.empty
    assert run.comparisons.empty
    assert run.cells["throughput_per_s"].isna().all()


def test_every_column_of_a_figure_is_a_number_also_where_all_are_missing(tmp_path: Path) -> None:
    folder = measured(tmp_path, id="other")
    (folder.path / "trials.jsonl").write_bytes(b"")
    cells = clusterbench.open(folder.path).cells
    assert {str(cells[c].dtype) for c in cells if c.endswith("_s")} == {"float64"}


def test_a_folder_that_holds_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a run folder"):
        clusterbench.open(tmp_path)


def test_the_tables_are_the_properties_and_all_are_documented(run: RunData) -> None:
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    for name in TABLES:
        frame = getattr(run, name)
        assert f"`run.{name}`" in text
        for column in frame.columns:
            plain = column.replace("_low", "").replace("_high", "")
            assert plain in NAMES or f"`{plain}`" in text, f"{name}.{column}"


#: Columns that say what a row is of, by the words of the lab.
NAMES = {
    "bound", "connections", "contender", "denominator", "level", "numerator", "round", "rounds",
    "scenario", "started", "title", "trial", "trials", "turns", "warm_turns",
}  # fmt: skip


def test_importing_the_package_does_not_load_pandas() -> None:
    code = "import clusterbench, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_package_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'opne'"):
        clusterbench.opne  # noqa: B018


def test_all_tries_of_a_trial_have_a_row_and_one_of_them_counts(tmp_path: Path) -> None:
    folder = measured(tmp_path)
    first = "r1-rust-tonic-predict-64"
    for share, changes in (
        (0.4, {"id": first}),
        (0.1, {"id": f"{first}-again1", "repeats": first}),
    ):
        side = SideUsage(cpu=Seconds(4.0), seconds=Seconds(5.0), cpus=1, interference=share)
        folder.add_samples(str(changes["id"]), closed_loop(0.016 if share > 0.2 else 0.032))
        folder.append(trial_record(server=side, **changes))
    run = clusterbench.open(folder.path)
    trials = run.trials.set_index("trial")
    assert trials.loc[f"{first}-again1", ["repeats", "counted"]].to_list() == [first, True]
    assert not trials.loc[first, "counted"]
    assert trials.loc[first, "interference"] == 0.4
    assert set(run.requests.query("counted")["trial"]) == set(trials.query("counted").index)
    assert first in set(run.requests["trial"])
    cell = run.cells.set_index(["contender", "level"]).loc["rust-tonic", LEVEL]
    assert (cell["trials"], cell["repeated"], cell["disturbed"]) == (2, 1, 1)
    assert cell["interference"] == 0.1
