from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clusterbench.config.data_folder import read_data
from clusterbench.config.generate_data import generate
from clusterbench.errors import ConfigError
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS
from support.data_folders import data_folder, write
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_committed_data_is_made_again_byte_for_byte() -> None:
    made = generate(clusters=100, features=2, samples=1000, batch=10, seed=1)
    assert set(made) == {MODEL, OBSERVATIONS, BATCHES}
    for name, content in made.items():
        assert (ROOT / "data" / name).read_bytes() == content


def test_another_seed_gives_other_data() -> None:
    sizes = {"clusters": 3, "features": 2, "samples": 4, "batch": 2}
    assert generate(**sizes, seed=1) != generate(**sizes, seed=2)


def test_what_is_generated_is_read_back_with_its_shapes(tmp_path: Path) -> None:
    folder = data_folder(tmp_path, clusters=7, features=5, samples=11, batch=3)
    assert folder.centroids.shape == (7, 5)
    assert folder.observations.shape == (11, 5)
    assert [batch.shape for batch in folder.batches] == [(3, 5)] * 100
    described = folder.describe()
    assert (described.n_clusters, described.n_features) == (7, 5)
    assert (described.n_requests, described.n_batches) == (11, 100)


def test_features_are_uniform_within_a_hundred_of_zero(tmp_path: Path) -> None:
    observations = data_folder(tmp_path, samples=5000).observations
    assert observations.min() >= -100
    assert observations.max() < 100
    counts, _ = np.histogram(observations, bins=10, range=(-100, 100))
    assert counts.min() > 0.8 * counts.mean()


def test_a_changed_file_changes_the_digest(tmp_path: Path) -> None:
    one = data_folder(tmp_path / "a", seed=1).describe()
    two = data_folder(tmp_path / "b", seed=2).describe()
    assert one.digest[MODEL] != two.digest[MODEL]


@pytest.mark.parametrize("name", ["clusters", "features", "samples", "batch"])
def test_a_count_below_one_is_refused_by_its_option(name: str) -> None:
    counts = {"clusters": 1, "features": 1, "samples": 1, "batch": 1} | {name: 0}
    with pytest.raises(ConfigError, match=f"--{name} 0: it takes"):
        generate(**counts, seed=1)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.json: No such file.*data generate"):
        read_data(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        (MODEL, "{", "not JSON"),
        (MODEL, "[]", "Expected `object`, got `array`"),
        (
            MODEL,
            '{"n_clusters": 2, "n_features": 2, "centroids": [[1, 2]]}',
            "is 2, 1 are",
        ),
        (
            MODEL,
            '{"n_clusters": 2, "n_features": 2, "centroids": [[1, 2], [3]]}',
            "have 1 features",
        ),
        (
            MODEL,
            '{"n_clusters": 1, "n_features": 0, "centroids": [[]]}',
            "`int` >= 1",
        ),
        (MODEL, '{"n_clusters": 1, "n_features": 2, "centroids": [[1, NaN]]}', "not JSON"),
        (MODEL, '{"n_clusters": 1, "n_features": 2, "centroids": [[1, 1e999]]}', "out of range"),
        (MODEL, '{"n_clusters": 1, "n_features": 1, "centroids": [["x"]]}', "`float`, got `str`"),
        (OBSERVATIONS, "[]", "`array` of length >= 1"),
        (OBSERVATIONS, '[{"feature": [1, 2]}]', "missing required field `features`"),
        (OBSERVATIONS, '[{"features": [1, 2, 3]}]', "have 3 features, the model has 2"),
        (BATCHES, '[{"features": [1, 2]}]', "missing required field `observations`"),
        (BATCHES, '[{"observations": [{"features": [1]}]}]', "have 1 features, the model has 2"),
    ],
)
def test_a_broken_file_is_refused_by_name(
    tmp_path: Path, file: str, content: str, complaint: str
) -> None:
    write(tmp_path)
    (tmp_path / file).write_text(content)
    with pytest.raises(ConfigError, match=rf"{file}: .*{complaint}"):
        read_data(tmp_path)


def test_files_are_kept_as_they_are(tmp_path: Path) -> None:
    folder = data_folder(tmp_path)
    assert json.loads(folder.model_json)["centroids"] == folder.centroids.tolist()
    assert (tmp_path / OBSERVATIONS).read_bytes() == folder.observations_json
