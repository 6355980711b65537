from __future__ import annotations

from typing import TYPE_CHECKING

from ghz_runner.settings import read_settings
from ghz_runner.sweep import run_record, turn

from clusterbench.config.data_folder import read_data
from clusterbench.model.execution import Address
from clusterbench.plan.schedule import warm_up_chunks
from clusterbench.runtime.attached import AttachedRuntime
from support.data_folders import write

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = read_settings(
    {
        "LAB_TARGET": "rust-tonic",
        "LAB_CONCURRENCY": "64 16 128",
        "LAB_DURATION": "30s",
        "LAB_METHOD": "Predict",
        "LAB_CONNECTIONS": "8",
        "LAB_GENERATOR": "ghz",
        "LAB_SERVER_CPUS": "0-3",
    }
)


def test_the_levels_are_run_in_the_order_in_which_they_are_given() -> None:
    only = turn(SETTINGS)
    assert only.contender == "rust-tonic"
    assert [trial.cell.level for trial in only.trials] == [64, 16, 128]
    assert len({trial.id for trial in only.trials}) == 3


def test_a_run_is_one_round_of_one_contender_without_a_warm_up(tmp_path: Path) -> None:
    runtime = AttachedRuntime(Address("rust-tonic", 5001), log="", scratch=tmp_path / "scratch")
    run = run_record("made-up", SETTINGS, read_data(write(tmp_path / "data")), runtime)
    experiment = run.experiment
    assert experiment.rounds == 1
    assert list(experiment.contenders) == ["rust-tonic"]
    assert experiment.scenarios["sweep"].contenders == ("rust-tonic",)
    assert experiment.timing.load == 30.0
    assert not list(warm_up_chunks(experiment.warm_up))[1:]
    assert run.runtime == "attached"
    assert "server on 0-3, generator on unpinned" in str(run.plan)
