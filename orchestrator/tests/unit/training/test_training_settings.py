from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.config import bench_file as benchfile
from clusterbench.config import compose_file as compose
from clusterbench.config import training_table as settings
from clusterbench.config.training_table import TrainingOverrides
from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.training import Training

ROOT = Path(__file__).parents[4]


def forms(tmp_path: Path, *changes: tuple[str, str]) -> Mapping[str, Training]:
    text = (ROOT / "bench.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "bench.toml"
    file.write_text(text)
    return settings.read(file)


def test_training_is_as_published_unless_changed(tmp_path: Path) -> None:
    training = settings.pick(forms(tmp_path), TrainingOverrides(), "full")
    assert (training.shape.points, training.shape.features, training.shape.clusters) == (
        10**6,
        2,
        3,
    )
    assert (training.max_iter, training.tolerance) == (100, 1e-4)
    assert set(training.scaling.points) >= {10**4, 10**7}
    assert (min(training.scaling.features), max(training.scaling.features)) == (2, 64)
    assert (min(training.scaling.clusters), max(training.scaling.clusters)) == (3, 100)
    assert training.scaling.largest == 2**30


def test_options_change_the_data_the_groups_and_the_contenders(tmp_path: Path) -> None:
    asked = TrainingOverrides(
        form="quick", points=500, clusters=4, groups=("equal-work", "defaults"),
        contenders=("sklearn",), threads=("one",),
    )  # fmt: skip
    training = settings.pick(forms(tmp_path), asked, "full")
    assert training.form == "quick"
    assert (training.shape.points, training.shape.clusters) == (500, 4)
    assert training.groups == {"equal-work": ("sklearn",), "defaults": ("sklearn",)}
    assert training.threads == ("one",)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (TrainingOverrides(points=0), "--points 0: .*from 1 up"),
        (TrainingOverrides(points=2), "--points 2: 3 clusters take as many points"),
        (TrainingOverrides(spread=0.0), "--spread 0.0: .*above 0"),
        (TrainingOverrides(seed=-1), "--seed -1: "),
        (TrainingOverrides(passes=0), "--passes 0: "),
        (TrainingOverrides(groups=("equal",)), "--group equal: did you mean 'equal-work'"),
        (TrainingOverrides(contenders=("sklern",)), "--contender sklern: did you mean 'sklearn'"),
        (TrainingOverrides(threads=("two",)), "--threads two: .*one, all"),
        (TrainingOverrides(form="short"), "training short: .*full, quick"),
        (
            TrainingOverrides(groups=("as-published",), contenders=("faiss",)),
            "nothing is left to train",
        ),
    ],
)
def test_a_wrong_option_is_named(asked: TrainingOverrides, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=complaint):
        settings.pick(forms(tmp_path), asked, "full")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("points = 1_000_000 ", "pionts = 1_000_000 ", r"training.pionts` .*did you mean 'points'"),
        ("tolerance = 1e-4", "tolerance = 0", r"training.tolerance` is 0.0; .*above 0"),
        ('equal-work = ["sklearn"', 'equal-work = ["sklern"', r"names 'sklern'; did you mean"),
        ("passes = 10", "passes = 0", r"training.forms.full.passes` is 0"),
        ('training = "quick"', 'training = "short"', r"profiles.full.training` is 'short'"),
    ],
)
def test_a_wrong_line_of_bench_toml_is_named(
    old: str, new: str, complaint: str, tmp_path: Path
) -> None:
    text = (ROOT / "bench.toml").read_text()
    assert old in text
    file = tmp_path / "bench.toml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=complaint):
        benchfile.read(file, compose.variants(compose.read_services(ROOT / "compose.yaml")))
