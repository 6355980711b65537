"""A profile's `sizes`: what it makes of an experiment, and the mistakes that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.config.resolve import Overrides
from clusterbench.config.sizes_table import LARGEST_MODEL
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import DataSet
from support.small_files import SIZED, bench

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.experiment import Experiment

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})
BEFORE = "[scenarios.open]"


def resolved(tmp_path: Path, asked: Overrides | None = None, **changes: str) -> Experiment:
    """Resolve the profile `grid`; `changes` replace a line that begins with the key."""
    text = SIZED
    for key, value in changes.items():
        lines = [line for line in SIZED.splitlines() if line.startswith(f"{key} = ")]
        text = text.replace(lines[-1], f"{key} = {value}")
    made = bench(tmp_path, (BEFORE, text + BEFORE))
    return made.experiment(DATA, asked or Overrides(profile="grid"))


def test_every_contender_and_scenario_of_the_profile_is_there_on_every_model(
    tmp_path: Path,
) -> None:
    found = resolved(tmp_path)
    assert list(found.contenders) == ["slow-f2-c4", "fast-f2-c4", "slow-f3-c4", "fast-f3-c4"]
    assert list(found.scenarios) == ["one-f2-c4", "fifty-f2-c4", "one-f3-c4", "fifty-f3-c4"]
    assert {name: each.observations for name, each in found.scenarios.items()} == {
        "one-f2-c4": 1, "fifty-f2-c4": 50, "one-f3-c4": 1, "fifty-f3-c4": 50,
    }  # fmt: skip
    assert found.sizes is not None
    assert (found.sizes.native, found.sizes.python, found.sizes.rival) == ("fast", "slow", "slow")


def test_contenders_are_asked_for_by_the_names_of_the_file(tmp_path: Path) -> None:
    found = resolved(tmp_path, Overrides(profile="grid", contenders=("fast",)))
    assert list(found.contenders) == ["fast-f2-c4", "fast-f3-c4"]


def test_other_profiles_have_no_sizes(tmp_path: Path) -> None:
    found = resolved(tmp_path, Overrides(profile="usual"))
    assert found.sizes is None
    assert {each.size for each in found.contenders.values()} == {None}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("native", '"fast-noop"', r"`profiles\.grid\.sizes\.native` is 'fast-noop', which is none"),
        ("python", '"nobody"', r"`profiles\.grid\.sizes\.python` is 'nobody'; "),
        ("features", "[]", r"`profiles\.grid\.sizes\.features` is \[\]; it takes"),
        ("features", "[2, 2]", r"`profiles\.grid\.sizes\.features` holds 2 twice"),
        ("clusters", "[0]", r"`profiles\.grid\.sizes\.clusters` holds 0; it takes"),
        ("clusters", "[1_000_000]", rf"that is 3000000 numbers; .* {LARGEST_MODEL} at most"),
        ("rows", "1", r"holds 'fifty' and 'one', and requests of both have 1 rows"),
        (
            "rows",
            "200_000",
            r"holds 'fifty', which makes requests of \d+ bytes; the most is 4194304",
        ),
        ("rows", "0", r"`scenarios\.fifty\.rows` is 0; it takes"),
        ("sweep", "[2, 4]", r"holds 'fifty', whose sweep has 2 levels; `sizes` take one"),
        ("scenarios", '["noop"]', r"holds 'noop', which has no `rows`"),
    ],
)
def test_what_does_not_fit_is_named_with_what_does(
    tmp_path: Path, key: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        resolved(tmp_path, **{key: value})


def test_rows_take_a_profile_with_sizes(tmp_path: Path) -> None:
    usual = 'scenarios = ["sweep", "saturated"]'
    with pytest.raises(ConfigError, match=r"holds 'fifty', whose `rows` take a profile with `si"):
        bench(tmp_path, (BEFORE, SIZED + BEFORE), (usual, 'scenarios = ["fifty"]'))


def test_rows_are_for_predict_batch(tmp_path: Path) -> None:
    wrong = SIZED.replace('method = "Predict"\n', 'method = "Predict"\nrows = 3\n')
    with pytest.raises(ConfigError, match=r"`scenarios\.one\.rows` are for PredictBatch"):
        bench(tmp_path, (BEFORE, wrong + BEFORE))
