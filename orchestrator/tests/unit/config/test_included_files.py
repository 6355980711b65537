"""A bench.toml of one's own that includes the lab's: what counts, and what is wrong with it."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import jsonschema
import pytest

from clusterbench.config import bench_file
from clusterbench.config.compose_file import read_services
from clusterbench.config.resolve import Overrides
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import DataSet
from support.repository import ROOT
from support.small_files import SMALL, changed

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.config.resolve import BenchFile

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})
MINE = """
include = ["{lab}/bench.toml"]

[contenders.mine]
image = "me/mine:1"
command = ["./serve", "--fast"]
model = "models/mine.json"

[profiles.mine]
rounds = 1
contenders = ["mine", "fast"]
scenarios = ["sweep"]
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """The folder of a small lab."""
    folder = tmp_path / "lab"
    folder.mkdir()
    changed(folder, "bench.toml")
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder outside it."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def read(lab: Path, file: Path) -> BenchFile:
    return bench_file.read(file, read_services(SMALL / "compose.yaml"), lab)


def complaint(lab: Path, file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read(lab, file)
    return str(caught.value)


def written(folder: Path, text: str, name: str = "bench.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_a_file_adds_a_contender_and_a_profile_to_the_labs(lab: Path, own: Path) -> None:
    bench = read(lab, written(own, MINE))
    usual = bench_file.read(lab / "bench.toml", read_services(SMALL / "compose.yaml"), lab)
    assert set(bench.contenders) == {*usual.contenders, "mine"}
    assert set(bench.profiles) == {*usual.profiles, "mine"}
    experiment = bench.experiment(DATA, Overrides(profile="mine"))
    assert set(experiment.contenders) == {"mine", "fast"}
    assert experiment.timing == usual.experiment(DATA).timing


def test_what_it_says_of_a_contender_is_relative_to_its_own_folder(lab: Path, own: Path) -> None:
    mine = read(lab, written(own, MINE)).contenders["mine"]
    assert (mine.command, mine.folder) == (("./serve", "--fast"), str(own))
    assert mine.model == str(own / "models" / "mine.json")
    theirs = MINE.replace('image = "me/mine:1"\n', "").replace("{lab}/bench.toml", "deep/lab.toml")
    (own / "deep").mkdir()
    written(own / "deep", (lab / "bench.toml").read_text(), "lab.toml")
    assert read(lab, written(own, theirs)).contenders["mine"].folder == str(own)


def test_the_labs_own_contenders_stay_as_they_are(lab: Path, own: Path) -> None:
    usual = bench_file.read(lab / "bench.toml", read_services(SMALL / "compose.yaml"), lab)
    found = read(lab, written(own, MINE)).contenders
    assert {name: found[name] for name in usual.contenders} == usual.contenders


def test_included_files_may_include_the_same_one(lab: Path, own: Path) -> None:
    one = '[contenders.{name}]\nimage = "me/{name}"\n'
    both = 'include = ["{lab}/bench.toml"]\n'
    written(own, both + one.replace("{name}", "first"), "first.toml")
    written(own, both + one.replace("{name}", "second"), "second.toml")
    bench = read(lab, written(own, 'include = ["first.toml", "second.toml"]'))
    assert {"first", "second", "fast"} <= set(bench.contenders)


def test_its_defaults_and_its_question_win_key_by_key(lab: Path, own: Path) -> None:
    more = '\n[defaults]\nseed = 7\n\n[question]\nobjective = "p99=5ms"\nrate = 1\nheadroom = 0.5\n'
    bench = read(lab, written(own, MINE + more))
    usual = bench_file.read(lab / "bench.toml", read_services(SMALL / "compose.yaml"), lab)
    assert bench.defaults.seed == 7
    assert bench.defaults.plan == usual.defaults.plan
    assert bench.question is not None
    assert bench.question.rate == 1


@pytest.mark.parametrize("table", ["contenders.fast", "profiles.usual", "scenarios.sweep"])
def test_a_name_that_stands_in_two_files_names_both(lab: Path, own: Path, table: str) -> None:
    file = written(own, f'include = ["{{lab}}/bench.toml"]\n\n[{table}]\nrounds = 1\n')
    line = (lab / "bench.toml").read_text().splitlines().index(f"[{table}]") + 1
    said = complaint(lab, file)
    assert said == (
        f"{file}:3: `{table}` stands in {lab / 'bench.toml'}:{line} too; "
        "give one of them another name"
    )


def test_two_included_files_may_not_set_one_default_each(lab: Path, own: Path) -> None:
    written(own, "[defaults]\nseed = 1\n", "first.toml")
    written(own, "[defaults]\nseed = 2\n", "second.toml")
    file = written(own, 'include = ["first.toml", "second.toml"]')
    assert f"`defaults.seed` stands in {own / 'first.toml'}:2 too" in complaint(lab, file)


def test_a_missing_file_is_named_with_the_line_that_asks_for_it(lab: Path, own: Path) -> None:
    file = written(own, '# mine\ninclude = ["../nowhere/bench.toml"]')
    nowhere = own.parent / "nowhere" / "bench.toml"
    assert complaint(lab, file) == (
        f"{file}:2: `include`: {nowhere}: cannot be read: No such file or directory"
    )


def test_files_that_include_each_other_are_named_in_their_order(lab: Path, own: Path) -> None:
    file = written(own, 'include = ["second.toml"]', "first.toml")
    second = written(own, 'include = ["first.toml"]', "second.toml")
    said = complaint(lab, file)
    assert f"a file includes itself: {file} -> {second} -> {file}; take one `include` out" in said


@pytest.mark.parametrize("value", ['"bench.toml"', "[]", "[1]", '["a", "a"]', "{}"])
def test_what_is_no_list_of_files_is_refused(lab: Path, own: Path, value: str) -> None:
    file = written(own, f"include = {value}")
    assert complaint(lab, file).startswith(f"{file}:1: `include` ")


def test_a_wrong_key_is_named_with_the_file_it_stands_in(lab: Path, own: Path) -> None:
    text = MINE.replace("command", "comand") + "\n[contender.x]\n"
    file = written(own, text)
    said = complaint(lab, file)
    lines = text.splitlines()
    at = lines.index('comand = ["./serve", "--fast"]') + 1
    assert f"{file}:{at}: `contenders.mine.comand` is not a key here; did you mean" in said
    assert f"{file}: `contender` is not a key here; did you mean 'contenders'" in said


def test_a_mistake_in_the_included_file_is_told_of_that_file(lab: Path, own: Path) -> None:
    changed(lab, "bench.toml", ("[profiles.usual]\n", "[profiles.usual]\nround = 3\n"))
    said = complaint(lab, written(own, MINE))
    assert said.startswith(f"{lab / 'bench.toml'}:")
    assert "`profiles.usual.round` is not a key here" in said


def test_editors_take_a_file_that_includes_and_is_otherwise_short() -> None:
    schema = json.loads((ROOT / "orchestrator" / "schema" / "bench.schema.json").read_text())
    jsonschema.validate(tomllib.loads(MINE), schema)
    alone = MINE.replace('include = ["{lab}/bench.toml"]', "")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(alone), schema)
