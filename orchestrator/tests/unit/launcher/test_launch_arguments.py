"""What the launcher keeps for itself of a command line, and what it passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import ConfigError
from launcher.arguments import read_launch, read_serve

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "model.json").write_text("{}")
    return folder


def test_options_of_the_experiment_go_on_as_they_are_and_in_their_order() -> None:
    launch = read_launch("run", ["--profile", "quick", "--no-install", "--resume", "--seed=3"])
    assert launch.rest == ("--profile", "quick", "--resume", "--seed=3")
    assert not launch.install


def test_paths_are_seen_from_where_the_user_stands(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data.parent)
    (data.parent / "results" / "one").mkdir(parents=True)
    words = ["--data", "given", "--results", "mine", "results/one", "results/none", "64,256"]
    launch = read_launch("run", words)
    assert launch.data == data
    assert launch.results == data.parent / "mine"
    assert launch.rest == (str(data.parent / "results" / "one"), "results/none", "64,256")


def test_an_option_is_not_taken_for_another_that_begins_alike() -> None:
    launch = read_launch("run", ["--run", "x", "--res"])
    assert launch.runtime is None
    assert launch.results is None
    assert launch.rest == ("--run", "x", "--res")


def test_a_folder_without_a_model_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no model\.json; .*data generate --out"):
        read_launch("run", ["--data", str(tmp_path)])


def test_serve_takes_the_labs_own_data_and_the_published_port(tmp_path: Path) -> None:
    chosen = read_serve(tmp_path, ["rust-tonic"])
    assert (chosen.name, chosen.port, chosen.data) == ("rust-tonic", 5001, tmp_path / "data")
