"""What `plan` says of a profile over sizes, and which data it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from clusterbench.cli import assembly
from clusterbench.cli.app import main
from clusterbench.config.resolve import Overrides
from clusterbench.errors import ExitCode
from support import small_lab
from support.small_files import SIZED


@pytest.fixture(autouse=True)
def _in_a_small_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = small_lab.write(tmp_path / "root")
    (root / "bench.toml").write_text((root / "bench.toml").read_text() + SIZED)
    monkeypatch.chdir(root)
    monkeypatch.delenv("LAB_PROFILE", raising=False)


def test_a_plan_says_which_models_are_generated_and_how_long_all_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--profile", "grid"]) == ExitCode.OK
    said = capsys.readouterr().out
    assert "2 models, generated from seed 1: 2 and 3 features with 4 clusters" in said
    assert "2 rounds, 8 turns, 16 trials" in said
    scenarios, turns = said.split("turns, one server at a time")
    assert scenarios.count("fifty") == 1
    assert "fifty-f2-c4" not in said
    for name in ("slow-f2-c4", "fast-f2-c4", "slow-f3-c4", "fast-f3-c4"):
        assert turns.count(name) == 2
    assert main(["plan", "--profile", "grid", "--json"]) == ExitCode.OK
    plan = json.loads(capsys.readouterr().out)
    assert len(plan["turns"]) == 8
    assert 0 < plan["load_seconds"] < plan["wall_seconds"]


def test_the_digests_of_generated_models_stand_in_the_experiment() -> None:
    plain = assembly.assemble(Overrides(profile="grid"), Path("data"))
    digests = plain.experiment.data.digest
    assert {"f2-c4 model.json", "f3-c4 observations.json"} < set(digests)
    other = assembly.assemble(Overrides(profile="grid", seed=2), Path("data"))
    changed = {k for k, v in other.experiment.data.digest.items() if v != digests[k]}
    assert changed == {name for name in digests if name.startswith("f")}
    assert set(plain.models) == set(plain.experiment.contenders)
    assert plain.models["fast-f2-c4"] is plain.models["slow-f2-c4"]
    assert plain.models["fast-f3-c4"].centroids.shape == (4, 3)


def test_a_data_folder_is_refused_where_models_are_generated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree("data", "mine")
    assert main(["plan", "--profile", "grid", "--data", "mine"]) == ExitCode.CONFIG
    assert "--data mine: profile grid generates its models" in capsys.readouterr().err


def test_the_labs_own_data_folder_may_be_named_by_its_whole_path(
    capsys: pytest.CaptureFixture[str],
) -> None:
    here = str(Path("data").resolve())
    assert main(["plan", "--profile", "grid", "--data", here]) == ExitCode.OK
    assert "2 models, generated" in capsys.readouterr().out
