from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.config.resolve import TRAINING, Overrides
from clusterbench.config.training_table import TrainingOverrides, pick
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import DataSet
from support.small_files import bench

if TYPE_CHECKING:
    from pathlib import Path

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})


def test_training_is_as_the_file_says_unless_changed(tmp_path: Path) -> None:
    training = pick(bench(tmp_path).trainings, TrainingOverrides(), "full")
    assert (training.form, training.passes, training.rounds) == ("full", 10, 3)
    assert str(training.shape) == "100 x 2, 3 clusters"
    assert (training.max_iter, training.tolerance, training.threads) == (10, 1e-4, ("one", "all"))
    assert training.images == {"trainer": ("sklearn", "linfa-rust", "sklearn-2019")}
    assert (training.scaling.points, training.scaling.largest) == ((10, 100), 1000)
    assert (training.iterations_apart, training.inertia_apart) == (0, 1e-4)


def test_options_change_the_data_the_groups_and_the_contenders(tmp_path: Path) -> None:
    asked = TrainingOverrides(
        form="quick", points=500, clusters=4, groups=("equal-work", "as-published"),
        contenders=("sklearn",), threads=("one",),
    )  # fmt: skip
    training = pick(bench(tmp_path).trainings, asked, "full")
    assert training.form == "quick"
    assert (training.shape.points, training.shape.clusters) == (500, 4)
    assert training.groups == {"equal-work": ("sklearn",), "as-published": ("sklearn",)}
    assert training.threads == ("one",)


def test_training_alone_serves_nothing_and_takes_the_first_form(tmp_path: Path) -> None:
    asked = Overrides(training=TrainingOverrides(seed=5))
    experiment = bench(tmp_path).experiment(DATA, asked)
    assert (experiment.profile, experiment.contenders, experiment.scenarios) == (TRAINING, {}, {})
    assert experiment.training is not None
    assert (experiment.training.form, experiment.training.seed) == ("full", 5)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (TrainingOverrides(points=0), "--points 0: .*from 1 to 1000000000"),
        (TrainingOverrides(points=2), "--points 2: 3 clusters take as many points"),
        (TrainingOverrides(spread=0.0), "--spread 0.0: .*above 0"),
        (TrainingOverrides(seed=-1), "--seed -1: "),
        (TrainingOverrides(passes=0), "--passes 0: "),
        (TrainingOverrides(groups=("equal",)), "--group equal: did you mean 'equal-work'"),
        (TrainingOverrides(contenders=("sklern",)), "--contender sklern: did you mean 'sklearn'"),
        (TrainingOverrides(threads=("two",)), "--threads two: .*one, all"),
        (TrainingOverrides(form="quik"), "training quik: .*'quick'.*full"),
        (
            TrainingOverrides(groups=("equal-work",), contenders=("sklearn-2019",)),
            "nothing is left to train",
        ),
    ],
)
def test_a_wrong_option_is_named(asked: TrainingOverrides, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=complaint):
        pick(bench(tmp_path).trainings, asked, "full")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("points = 100\n", "pionts = 100\n", r"training.pionts` .*did you mean 'points'"),
        ("tolerance = 1e-4", "tolerance = 0", r"training.tolerance` is 0; .*above 0"),
        ('threads = ["one",', 'threads = ["two",', r"training.threads` holds 'two'; .*one, all"),
        ("passes = 10", "passes = 0", r"training.forms.full.passes` is 0"),
        (
            "largest = 1000",
            "largest = 1e3",
            r"training.forms.full.scaling.largest` is 1000.0; .*who",
        ),
        ("iterations_apart = 0", "", r"training.equal.iterations_apart` is missing"),
    ],
)
def test_a_mistake_in_the_table_is_named(
    old: str, new: str, complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=rf":\d+: `{complaint}"):
        bench(tmp_path, (old, new))
